//! Ways of receiving and sending packets: capture files, and devices of a real kernel.

mod capture;
#[cfg(target_os = "linux")]
mod live;
