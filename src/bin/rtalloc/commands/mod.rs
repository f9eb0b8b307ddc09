//! The sub-commands, one a module.

pub(crate) mod check;
pub(crate) mod get;
pub(crate) mod load;
pub(crate) mod lookup;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod show;
