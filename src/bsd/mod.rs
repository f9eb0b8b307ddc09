//! BSD's routing interface: rtalloc(9), rtrequest1, routing messages.

mod clock;
mod errno;
mod flags;
mod interface;
pub mod message;
mod name;
mod priority;
mod profile;
mod sockaddr;

pub use clock::{Clock, ManualClock, Uptime};
pub use errno::{Errno, RouteError};
pub use flags::RtFlags;
pub use interface::{Interface, InterfaceAddress, LinkRequest, LinkView, MemoryInterface};
pub use name::{Name, NameError};
pub use priority::Priority;
pub use profile::{Profile, UnknownProfile};
pub use sockaddr::{
    AF_INET, AF_INET6_FREEBSD, AF_INET6_OPENBSD, AF_LINK, AF_UNSPEC, LinkAddress, Sockaddr,
};
