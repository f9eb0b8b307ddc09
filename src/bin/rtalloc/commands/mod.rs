//! The sub-commands, one a module.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod exec;
#[cfg(target_os = "linux")]
pub(crate) mod follow;
#[cfg(target_os = "linux")]
pub(crate) mod forward;
#[cfg(target_os = "linux")]
pub(crate) mod fpm;
pub(crate) mod get;
pub(crate) mod load;
pub(crate) mod lookup;
#[cfg(target_os = "linux")]
pub(crate) mod mirror;
pub(crate) mod monitor;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod show;
#[cfg(target_os = "linux")]
pub(crate) mod verify;
#[cfg(target_os = "linux")]
pub(crate) mod watch;
