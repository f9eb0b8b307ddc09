//! Questions to a Linux kernel about single routes, to compare its answers.

use std::{io, net::IpAddr};

use super::{
    message::Event,
    route::RouteMessage,
    socket::{Dump, Socket},
};

/// Asks this network namespace's kernel which route it takes, to compare.
#[derive(Debug)]
pub struct KernelQuery {
    requests: Socket,
}

/// The kernel's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The route that matches, of any kind that takes or sends packets.
    Route(RouteMessage),
    /// No packet goes there: the errno says why. ENETUNREACH is no route; EHOSTUNREACH, EACCES and
    /// EINVAL come from routes that are unreachable, prohibit and blackhole.
    Refused(i32),
}

impl KernelQuery {
    /// Opens a socket for questions.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn open() -> io::Result<Self> {
        Ok(Self { requests: Socket::for_requests()? })
    }

    /// The route for `address`, for a packet from this machine without a mark or a type of service.
    ///
    /// # Errors
    /// Those of the operating system, and [`io::ErrorKind::InvalidData`] for an answer that is none.
    pub fn route_to(&mut self, address: IpAddr) -> io::Result<Answer> {
        match self.requests.route_to(address)? {
            Ok(Event::NewRoute(route)) => Ok(Answer::Route(route)),
            Ok(_) => Err(io::ErrorKind::InvalidData.into()),
            Err(errno) => Ok(Answer::Refused(errno)),
        }
    }

    /// Hands every route that the kernel has to `take`, IPv4 ones before IPv6 ones, those of all tables.
    /// What changes meanwhile may be among them or not; what cannot be decoded is passed over.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn routes(&mut self, mut take: impl FnMut(RouteMessage)) -> io::Result<()> {
        for dump in [Dump::RoutesV4, Dump::RoutesV6] {
            self.requests.dump(dump, |event| {
                if let Ok(Event::NewRoute(route)) = event {
                    take(route);
                }
            })?;
        }
        Ok(())
    }

    /// How many policy rules there are, for IPv4 and for IPv6. A machine without rules of its own
    /// has 3 and 2: the tables local, main and, for IPv4, default, in this order.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn rules(&mut self) -> io::Result<(usize, usize)> {
        let mut count = |family| {
            let mut rules = 0;
            self.requests.dump(Dump::Rules(family), |_| rules += 1).map(|_| rules)
        };
        Ok((count(super::wire::AF_INET)?, count(super::wire::AF_INET6)?))
    }
}
