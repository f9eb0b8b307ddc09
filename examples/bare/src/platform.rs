//! All that the program has of a platform: where it starts, memory, a way to say something and one
//! to end.
//!
//! It is made for a target without an operating system and then run by Linux, whose two calls it
//! makes itself. A kernel would have other ones.

use alloc::alloc::{GlobalAlloc, Layout};
use core::{
    arch::{asm, global_asm},
    cell::UnsafeCell,
    fmt,
    panic::PanicInfo,
    ptr::null_mut,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Bytes that the program has.
const HEAP: usize = 64 << 20;

/// Memory that is given out from the start to the end, and never again.
struct Bump {
    memory: UnsafeCell<[u8; HEAP]>,
    used: AtomicUsize,
}

// SAFETY: each part of the memory is given out once.
unsafe impl Sync for Bump {}

#[global_allocator]
static MEMORY: Bump = Bump { memory: UnsafeCell::new([0; HEAP]), used: AtomicUsize::new(0) };

// SAFETY: parts are disjoint, since `used` grows past each one before it is given out, and aligned by
// their addresses. They are zero, as the memory is at the start.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().addr();
        let take = |used: usize| {
            let start = (base + used).next_multiple_of(layout.align()) - base;
            let end = start.checked_add(layout.size())?;
            (end <= HEAP).then_some((start, end))
        };
        // Relaxed: the memory is zero from the start, so whoever gets a part has nothing to see.
        let (order, failed) = (Ordering::Relaxed, Ordering::Relaxed);
        let before = self.used.fetch_update(order, failed, |used| take(used).map(|part| part.1));
        match before.ok().and_then(take) {
            Some((start, _)) => self.memory.get().cast::<u8>().wrapping_add(start),
            None => null_mut(),
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        unsafe { self.alloc(layout) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

/// Bytes given out so far.
pub fn used_bytes() -> usize {
    // Relaxed: a number for people to read.
    MEMORY.used.load(Ordering::Relaxed)
}

#[cfg(target_arch = "x86_64")]
global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "and rsp, -16",
    "call {start}",
    "ud2",
    start = sym start,
);
#[cfg(target_arch = "aarch64")]
global_asm!(".globl _start", "_start:", "mov x29, xzr", "bl {start}", "udf #0", start = sym start);

extern "C" fn start() -> ! {
    exit(crate::main())
}

/// A call of Linux with up to three arguments.
#[cfg(target_arch = "x86_64")]
fn call(number: usize, arguments: [usize; 3]) -> isize {
    let result;
    // SAFETY: the two calls made below read the memory that they are given, and nothing else.
    unsafe {
        asm!("syscall", inlateout("rax") number => result, in("rdi") arguments[0],
            in("rsi") arguments[1], in("rdx") arguments[2], out("rcx") _, out("r11") _,
            options(nostack));
    }
    result
}

/// A call of Linux with up to three arguments.
#[cfg(target_arch = "aarch64")]
fn call(number: usize, arguments: [usize; 3]) -> isize {
    let result;
    // SAFETY: the two calls made below read the memory that they are given, and nothing else.
    unsafe {
        asm!("svc #0", in("x8") number, inlateout("x0") arguments[0] => result,
            in("x1") arguments[1], in("x2") arguments[2], options(nostack));
    }
    result
}

/// The numbers of `write` and `exit`.
const CALLS: [usize; 2] = if cfg!(target_arch = "x86_64") { [1, 60] } else { [64, 93] };

/// Standard error.
pub struct Output;

impl fmt::Write for Output {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        while !text.is_empty() {
            let written = call(CALLS[0], [2, text.as_ptr().addr(), text.len()]);
            let written = usize::try_from(written).map_err(|_| fmt::Error)?;
            text = text.get(written..).ok_or(fmt::Error)?;
        }
        Ok(())
    }
}

/// Says something.
#[macro_export]
macro_rules! say {
    ($($text:tt)*) => {{
        use core::fmt::Write;
        // There is nobody to tell that nothing can be told.
        let _ = writeln!($crate::platform::Output, $($text)*);
    }};
}

fn exit(code: usize) -> ! {
    loop {
        call(CALLS[1], [code, 0, 0]);
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    say!("{info}");
    exit(101)
}
