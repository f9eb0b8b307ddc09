//! What is timed, and the check of its answers.

use core::fmt;
use std::rc::Rc;

/// The most addresses that a candidate gets at once.
pub const MOST: usize = 256;

/// What a candidate's numbers mean.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The next hop's number, 0 for no route.
    NextHop,
    /// 1 if there is a route, 0 if not.
    Found,
    /// A number whose place here holds the next hop's.
    Number(Rc<[u32]>),
}

/// Looks up addresses, burst after burst of the size given, and leaves each burst's answers in the
/// slice, over those of the burst before.
type Run<A> = Box<dyn FnMut(&[A], &mut [u32; MOST])>;

/// Something that looks addresses up.
pub struct Candidate<A> {
    /// What it is, and the size of its bursts.
    pub name: String,
    /// Bytes that a lookup can touch, 0 if it is not known.
    pub bytes: usize,
    answer: Answer,
    burst: usize,
    run: Run<A>,
}

impl<A> Candidate<A> {
    /// A candidate whose `lookup` is called once a burst; the name gets the burst's size.
    pub fn new(
        name: &str,
        bytes: usize,
        answer: Answer,
        burst: usize,
        mut lookup: impl FnMut(&[A], &mut [u32]) + 'static,
    ) -> Self {
        let run = move |addresses: &[A], answers: &mut [u32; MOST]| {
            for burst in addresses.chunks(burst) {
                lookup(burst, &mut answers[..burst.len()]);
                std::hint::black_box(&mut *answers);
            }
        };
        Self { name: format!("{name} x{burst}"), bytes, answer, burst, run: Box::new(run) }
    }

    /// A candidate whose `lookup` answers with 8 bytes a next hop. They are narrowed once a run, for
    /// the check to see the last burst's, and not burst by burst, which the candidate need not do.
    #[cfg(feature = "dpdk")]
    pub fn wide(
        name: &str,
        bytes: usize,
        burst: usize,
        mut lookup: impl FnMut(&[A], &mut [u64]) + 'static,
    ) -> Self {
        let run = move |addresses: &[A], answers: &mut [u32; MOST]| {
            let mut wide = answers.map(u64::from);
            for burst in addresses.chunks(burst) {
                lookup(burst, &mut wide[..burst.len()]);
                std::hint::black_box(&mut wide);
            }
            *answers = wide.map(|answer| u32::try_from(answer).unwrap_or(u32::MAX));
        };
        let name = format!("{name} x{burst}");
        Self { name, bytes, answer: Answer::NextHop, burst, run: Box::new(run) }
    }

    /// Looks all addresses up.
    pub fn run(&mut self, addresses: &[A]) {
        (self.run)(addresses, &mut [0; MOST]);
    }
}

impl<A> fmt::Debug for Candidate<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Checks all answers of a candidate, and those of a shorter last burst.
///
/// # Errors
/// The first wrong answer.
pub fn check<A: rtalloc::Address>(
    candidate: &mut Candidate<A>,
    addresses: &[A],
    expected: &[u32],
) -> Result<(), String> {
    let short = (candidate.burst / 2).max(1);
    let sizes = [candidate.burst, short, candidate.burst];
    let (mut from, mut step) = (0, 0);
    while from < addresses.len() {
        let to = addresses.len().min(from + sizes[step % sizes.len()]);
        step += 1;
        let mut answers = [u32::MAX; MOST];
        (candidate.run)(&addresses[from..to], &mut answers);
        for (index, &answer) in answers[..to - from].iter().enumerate() {
            let next_hop = expected[from + index];
            let (answer, right) = match &candidate.answer {
                Answer::NextHop => (answer, next_hop),
                Answer::Found => (answer, u32::from(next_hop != 0)),
                Answer::Number(next_hops) => {
                    (next_hops.get(answer as usize).copied().unwrap_or(u32::MAX), next_hop)
                }
            };
            if answer != right {
                let address = addresses[from + index].to_ip();
                return Err(format!("{}: {address} is {right}, not {answer}", candidate.name));
            }
        }
        from = to;
    }
    Ok(())
}

/// A lookup structure whose code gets better with a processor's newer instructions.
pub trait Layout<A> {
    /// Looks a burst up. `NEW` says that the code is compiled for, and runs on, a processor with
    /// AVX2 and bit counting. To be inlined, so that it is compiled for both.
    fn burst<const NEW: bool>(&self, addresses: &[A], next_hops: &mut [u32]);
}

/// A borrowed layout, which several threads can have.
impl<A, L: Layout<A>> Layout<A> for &L {
    #[inline(always)]
    fn burst<const NEW: bool>(&self, addresses: &[A], next_hops: &mut [u32]) {
        L::burst::<NEW>(self, addresses, next_hops);
    }
}

/// A layout's burst with the best instructions that the processor has.
pub fn best<A, L: Layout<A>>(layout: L) -> impl FnMut(&[A], &mut [u32]) {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn new<A, L: Layout<A>>(layout: &L, addresses: &[A], next_hops: &mut [u32]) {
        layout.burst::<true>(addresses, next_hops);
    }
    #[cfg(target_arch = "x86_64")]
    let has = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt");
    move |addresses, next_hops| {
        #[cfg(target_arch = "x86_64")]
        if has {
            // SAFETY: the processor has all the features that the function is compiled for.
            return unsafe { new(&layout, addresses, next_hops) };
        }
        layout.burst::<false>(addresses, next_hops);
    }
}

/// Brings the cache line at `place` closer, if the processor likes.
#[inline(always)]
pub fn prefetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect that the program can see, at any address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(place.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
