//! DPDK's start, and the heap of its tables.

use core::ffi::CStr;
use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::{Error, sys};

/// What memory the tables lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pages {
    /// Pages of 4 KiB.
    Small,
    /// Huge pages where the system finds some, as `madvise` asks for.
    Transparent,
    /// Huge pages that were reserved for programs to map, in `vm.nr_hugepages`.
    Reserved,
}

/// Bytes of the heap of DPDK's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What tables have been given.
    pub allocated: u64,
    /// The largest free piece.
    pub largest_free: u64,
}

/// Shows that DPDK's environment runs.
#[derive(Clone, Copy, Debug)]
pub struct Dpdk {
    pages: Pages,
}

/// What became of the start.
static STARTED: OnceLock<Result<Pages, i32>> = OnceLock::new();

/// Held from the look at the heap until the table that it was looked at for has its memory.
static HEAP: Mutex<()> = Mutex::new(());

/// Numbers the tables, whose names have to differ.
static TABLES: AtomicU64 = AtomicU64::new(0);

impl Dpdk {
    /// The environment, started by the first call in the process.
    ///
    /// # Errors
    /// [`Error::Start`] if it does not start, [`Error::Started`] if it runs on other pages.
    pub fn start(pages: Pages) -> Result<Self, Error> {
        let start = || {
            // SAFETY: `STARTED` runs this at most once in the process, as the environment demands.
            match unsafe { sys::shim_start() } {
                0 => Ok(pages),
                number => Err(number),
            }
        };
        match *STARTED.get_or_init(start) {
            Ok(started) if started == pages => Ok(Self { pages }),
            Ok(_) => Err(Error::Started),
            Err(number) => Err(Error::Start(number)),
        }
    }

    /// DPDK's name and version.
    pub fn version(self) -> &'static str {
        // SAFETY: DPDK returns a string that ends with 0 and stays for as long as the process.
        let version = unsafe { CStr::from_ptr(sys::rte_version()) };
        version.to_str().unwrap_or("DPDK")
    }

    /// Whether the processor has what the AVX-512 lookups need.
    pub fn has_avx512(self) -> bool {
        sys::shim_has_avx512() != 0
    }

    /// The heap as it is.
    ///
    /// # Errors
    /// [`Error::Memory`] if DPDK does not say.
    pub fn memory(self) -> Result<Memory, Error> {
        let mut memory = sys::ShimMemory::default();
        // SAFETY: the environment runs, as `self` shows, and the place is one for the structure.
        match unsafe { sys::shim_memory(&raw mut memory) } {
            0 => Ok(Memory {
                total: memory.total,
                allocated: memory.allocated,
                largest_free: memory.largest_free,
            }),
            number => Err(Error::Memory(0, number)),
        }
    }

    /// Makes a table of at most `bytes` with `make`, which gets the table's number. The heap grows
    /// if no free piece of it is as large.
    pub(super) fn make<T>(
        self,
        bytes: u64,
        make: impl FnOnce(u64) -> Result<T, Error>,
    ) -> Result<T, Error> {
        // What the lock guards is DPDK's, which a panic between two calls leaves as it was.
        let _held = HEAP.lock().unwrap_or_else(PoisonError::into_inner);
        if self.memory()?.largest_free < bytes {
            let size = usize::try_from(bytes).unwrap_or(usize::MAX / 2);
            // SAFETY: the environment runs, as `self` shows, and the lock keeps others from its
            // heap's pieces.
            let number = unsafe { sys::shim_grow(size, self.pages as u32) };
            if number != 0 {
                return Err(Error::Memory(bytes, number));
            }
        }
        // Relaxed: only that numbers differ matters.
        make(TABLES.fetch_add(1, Ordering::Relaxed))
    }
}
