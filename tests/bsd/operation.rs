//! What can be done to a routing.

use rtalloc::{
    bsd::{Priority, RtFlags, Sockaddr, message::MessageKind},
    testing::bsd::Info,
};

/// One operation. Numbers that name a route, a cache or an interface count from the start of what
/// there is, and around.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Request(Kind, Info, Priority, u32),
    Output(MessageKind, Info, u8, u8),
    /// A request, or the same by a message, about a route that exists.
    About {
        nth: usize,
        kind: Kind,
        by_message: bool,
        gateway: Named,
        priority: Named,
        info: Info,
    },
    Lookup {
        destination: Sockaddr,
        report: bool,
        resolve: bool,
        table: u32,
    },
    Lookup1 {
        destination: Sockaddr,
        report: bool,
        ignore: RtFlags,
    },
    Multipath {
        destination: Sockaddr,
        source: Option<usize>,
        table: u32,
    },
    /// The old form of `struct route`: set the destination or not, then look.
    Cached {
        cache: usize,
        destination: Option<usize>,
        ignore: RtFlags,
    },
    /// The form that looks at destination, table and generation.
    Revalidated {
        cache: usize,
        destination: usize,
        source: Option<usize>,
        table: u32,
    },
    /// Is the held route valid, and what becomes of packets by it?
    Inspect {
        held: usize,
    },
    Use {
        held: usize,
        times: usize,
    },
    Release {
        held: usize,
    },
    Link {
        interface: usize,
        up: bool,
    },
    Attach {
        interface: usize,
    },
    Detach {
        interface: usize,
    },
    AddressAdded {
        interface: u16,
        address: usize,
        table: u32,
    },
    AddressRemoved {
        interface: u16,
        address: usize,
        table: u32,
    },
    Flush {
        table: u32,
    },
    /// A redirect from the gateway of a route that exists.
    Redirected {
        nth: usize,
        gateway: usize,
    },
    Redirect {
        destination: usize,
        gateway: usize,
        source: usize,
        table: u32,
    },
    Losing {
        destination: usize,
        table: u32,
    },
    Tick {
        seconds: u64,
    },
    Timer {
        held: usize,
        queue: usize,
    },
    TableAdd {
        id: u32,
        domain: u32,
    },
}

/// How a request about a route that exists names its gateway or its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    No,
    AsItIs,
    Otherwise,
}

/// Which request to `rtrequest1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Add,
    Delete,
    Change,
    Get,
    Resolve,
}
