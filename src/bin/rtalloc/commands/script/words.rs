//! The words of a line.

use std::str::SplitWhitespace;

use rtalloc::bsd::Name;

use super::error::SyntaxError;

/// The words of a line that are still to be read.
pub(super) struct Words<'l>(SplitWhitespace<'l>);

impl<'l> Words<'l> {
    pub(super) fn new(line: &'l str) -> Self {
        Self(line.split_whitespace())
    }

    /// The next word, if there is one.
    pub(super) fn optional(&mut self) -> Option<&'l str> {
        self.0.next()
    }

    /// The next word, which the line must have.
    pub(super) fn next(&mut self, what: &'static str) -> Result<&'l str, SyntaxError> {
        self.optional().ok_or(SyntaxError::Missing(what))
    }

    /// A number in decimal.
    pub(super) fn number<N: TryFrom<u64>>(&mut self, what: &'static str) -> Result<N, SyntaxError> {
        let word = self.next(what)?;
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse::<u64>().ok().filter(|_| digits);
        let number = number.and_then(|number| N::try_from(number).ok());
        number.ok_or(SyntaxError::Unexpected(word.into(), what))
    }

    /// The name of an interface.
    pub(super) fn name(&mut self) -> Result<Name, SyntaxError> {
        const WHAT: &str = "an interface's name (a letter first, 15 characters at most)";
        let word = self.next(WHAT)?;
        parse_name(word).ok_or(SyntaxError::Unexpected(word.into(), WHAT))
    }

    /// The end of the line.
    pub(super) fn end(&mut self) -> Result<(), SyntaxError> {
        match self.optional() {
            Some(word) => Err(SyntaxError::Unexpected(word.into(), "the end of the line")),
            None => Ok(()),
        }
    }
}

/// An interface's name. It begins with a letter, so that a mistyped address is none.
pub(super) fn parse_name(word: &str) -> Option<Name> {
    let letter = word.starts_with(|first: char| first.is_ascii_alphabetic());
    word.parse().ok().filter(|_| letter)
}
