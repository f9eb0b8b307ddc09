//! A token bucket: so many in a burst, so many a second (RFC 1812 section 4.3.2.8, RFC 4443 section
//! 2.4 f).

use core::time::Duration;

const SECOND: u64 = 1_000_000_000;

/// A bucket of tokens, which fills with time.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    rate: u64,
    /// What there is room for, in billionths of a token.
    most: u64,
    /// What there is.
    tokens: u64,
    /// When it was filled last, in nanoseconds.
    filled: u64,
}

impl TokenBucket {
    /// A full bucket of `burst` tokens, to which `rate` are added a second.
    pub fn new(rate: u32, burst: u32) -> Self {
        let most = u64::from(burst) * SECOND;
        Self { rate: rate.into(), most, tokens: most, filled: 0 }
    }

    /// Takes a token at `now`, which is the time since any moment that stays the same. Returns whether
    /// there was one.
    pub fn take(&mut self, now: Duration) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let passed = now.saturating_sub(self.filled);
        self.filled = self.filled.max(now);
        self.tokens = passed.saturating_mul(self.rate).saturating_add(self.tokens).min(self.most);
        match self.tokens.checked_sub(SECOND) {
            Some(rest) => {
                self.tokens = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_the_rate() {
        let mut bucket = TokenBucket::new(100, 5);
        let mut taken =
            |now: u64| (0..1000).filter(|_| bucket.take(Duration::from_millis(now))).count();
        assert_eq!(taken(0), 5);
        assert_eq!(taken(9), 0);
        assert_eq!(taken(10), 1);
        assert_eq!(taken(39), 2);
        assert_eq!(taken(40), 1, "what was not enough for a token is kept");
        assert_eq!(taken(20), 0, "time does not go back");
        assert_eq!(taken(60_000), 5);
    }

    #[test]
    fn nothing_comes_from_nothing() {
        let mut bucket = TokenBucket::new(0, 0);
        assert!(!bucket.take(Duration::MAX));
        let mut bucket = TokenBucket::new(u32::MAX, u32::MAX);
        assert!(bucket.take(Duration::MAX) && bucket.take(Duration::ZERO));
    }
}
