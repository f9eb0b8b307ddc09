//! The kinds of values that a plan has.

use core::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, de};

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum FamilyName {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A table by its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A synthetic one of so many routes.
    Routes(usize),
    /// That of the day.
    Day,
}

/// Numbers of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Threads {
    /// These.
    These(Vec<usize>),
    /// 1, 2, 4 and so on, up to twice the cores.
    Cores,
}

impl Threads {
    /// The numbers, on a machine of so many cores.
    pub fn counts(&self, cores: usize) -> Vec<usize> {
        match self {
            Self::These(counts) => counts.clone(),
            Self::Cores => {
                let most = 2 * cores.max(1);
                let mut counts: Vec<usize> =
                    (0..usize::BITS).map(|bit| 1 << bit).take_while(|&n| n <= most).collect();
                // Those that say what all cores do, on machines whose cores are no power of two.
                counts.extend([most / 2, most]);
                counts.sort_unstable();
                counts.dedup();
                counts
            }
        }
    }
}

/// Updates a second: 0 for none, infinite for as many as can be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

impl Rate {
    /// Whether there are any.
    pub fn any(self) -> bool {
        self.0 > 0.0
    }
}

/// What is no rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateError(Box<str>);

impl fmt::Display for RateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no rate: a number, also with k or M, or unlimited", self.0)
    }
}

impl core::error::Error for RateError {}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        if text == "unlimited" {
            return Ok(Self(f64::INFINITY));
        }
        let (digits, times) = match text.strip_suffix(['k', 'M']) {
            Some(digits) if text.ends_with('k') => (digits, 1e3),
            Some(digits) => (digits, 1e6),
            None => (text, 1.0),
        };
        let number = digits.parse::<u32>().map_err(|_| RateError(text.into()))?;
        Ok(Self(f64::from(number) * times))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            f64::INFINITY => f.write_str("unlimited"),
            rate if rate >= 1e6 && rate % 1e6 == 0.0 => write!(f, "{}M", rate / 1e6),
            rate if rate >= 1e3 && rate % 1e3 == 0.0 => write!(f, "{}k", rate / 1e3),
            rate => rate.fmt(f),
        }
    }
}

/// What stands in the file where a word or a number may.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Number(u32),
    Text(String),
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Word::deserialize(from)? {
            Word::Number(number) => Ok(Self(number.into())),
            Word::Text(text) => text.parse().map_err(de::Error::custom),
        }
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Word::deserialize(from)? {
            Word::Number(0) => Err(de::Error::custom("no routes measure nothing")),
            Word::Number(number) => Ok(Self::Routes(number as usize)),
            Word::Text(text) if text == "day" => Ok(Self::Day),
            Word::Text(text) => {
                Err(de::Error::custom(format!("{text:?} is no table: a number of routes, or day")))
            }
        }
    }
}

/// What stands in the file where numbers or a word may.
#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    These(Vec<usize>),
    Text(String),
}

impl<'de> Deserialize<'de> for Threads {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Numbers::deserialize(from)? {
            Numbers::These(counts) if counts.iter().all(|&count| count > 0) => {
                Ok(Self::These(counts))
            }
            Numbers::These(_) => Err(de::Error::custom("no threads measure nothing")),
            Numbers::Text(text) if text == "cores" => Ok(Self::Cores),
            Numbers::Text(text) => Err(de::Error::custom(format!(
                "{text:?} is no number of threads: a list of them, or cores"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for (text, rate) in
            [("0", 0.0), ("17", 17.0), ("1k", 1e3), ("100k", 1e5), ("2M", 2e6), ("1500", 1500.0)]
        {
            assert_eq!(text.parse(), Ok(Rate(rate)), "{text}");
        }
        assert_eq!("unlimited".parse(), Ok(Rate(f64::INFINITY)));
        for rate in [0.0, 17.0, 1e3, 1e5, 2e6, 1500.0, f64::INFINITY].map(Rate) {
            assert_eq!(rate.to_string().parse(), Ok(rate), "{rate}");
        }
        for text in ["", "k", "-1", "1kk", "1.5k", "inf", "NaN", "unlimitedk"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }

    #[test]
    fn threads_go_up_to_twice_the_cores() {
        assert_eq!(Threads::Cores.counts(1), [1, 2]);
        assert_eq!(Threads::Cores.counts(2), [1, 2, 4]);
        assert_eq!(Threads::Cores.counts(6), [1, 2, 4, 6, 8, 12]);
        assert_eq!(Threads::Cores.counts(16), [1, 2, 4, 8, 16, 32]);
        assert_eq!(Threads::These(vec![3, 1]).counts(16), [3, 1]);
    }
}
