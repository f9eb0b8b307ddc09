//! A forwarder over a table: frames come in by a [`PacketIo`](io::PacketIo), a burst of them is looked
//! up at once, and they go out by another.

pub mod io;
