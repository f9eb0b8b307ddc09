//! The sub-commands, one a module.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod exec;
pub(crate) mod get;
pub(crate) mod load;
pub(crate) mod lookup;
pub(crate) mod monitor;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod show;
