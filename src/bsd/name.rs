//! Interface names.

use core::{fmt, str::FromStr};

/// Bytes of a name at most, without a terminator: `IFNAMSIZ` less one.
const MOST: usize = 15;

/// The name of an interface: 1 to 15 ASCII letters, digits, `.`, `_` or `-`; or empty for none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name([u8; MOST]);

/// A text that cannot be an interface's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameError;

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an interface name is 1 to 15 letters, digits, dots, underscores or hyphens")
    }
}

impl core::error::Error for NameError {}

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|&byte| byte == 0).unwrap_or(MOST);
        // The bytes are ASCII by construction.
        core::str::from_utf8(&self.0[..len]).unwrap_or_default()
    }

    /// Whether no name is given.
    pub fn is_empty(&self) -> bool {
        self.0[0] == 0
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// # Errors
    /// [`NameError`] if the text is too long, empty, or holds other characters.
    fn from_str(text: &str) -> Result<Self, NameError> {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > MOST || !text.bytes().all(valid) {
            return Err(NameError);
        }
        let mut bytes = [0; MOST];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self(bytes))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!("em0".parse::<Name>().unwrap().as_str(), "em0");
        assert!("a23456789012345".parse::<Name>().is_ok());
        for text in ["", "a234567890123456", "em 0", "em\u{e9}"] {
            assert_eq!(text.parse::<Name>(), Err(NameError), "{text:?}");
        }
        assert!(Name::default().is_empty());
    }
}
