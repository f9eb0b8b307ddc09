//! What fuzz targets share: how inputs are read, how netlink bytes are made, and what must hold.

pub mod reading;
pub mod told;
