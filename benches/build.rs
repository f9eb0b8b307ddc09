//! Notes what the programs are built from and by, and builds what the feature `dpdk` needs.
//!
//! A program that is carried to another machine says there what it is, without the repository or a
//! toolchain: `RTALLOC_COMMIT`, `RTALLOC_DIRTY`, `RTALLOC_RUSTC` and `RTALLOC_RUSTFLAGS`, each empty
//! if it is not known, and `RTALLOC_DPDK`, DPDK's version. They are current as of the last commit,
//! or change of this crate or the library.
//!
//! DPDK's libraries are linked statically: calls into them are then as direct as in a program of
//! their own, and the environment loads no drivers when it starts.

use std::{env, process::Command};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    note();
    dpdk()
}

/// What a command prints, without the end of the line; empty if it fails.
fn output(program: &str, arguments: &[&str]) -> String {
    let done = Command::new(program).args(arguments).output().ok();
    let printed = done.filter(|done| done.status.success()).map(|done| done.stdout);
    String::from_utf8_lossy(&printed.unwrap_or_default()).trim_end().to_string()
}

fn note() {
    let changed = output("git", &["status", "--porcelain", "--untracked-files=no"]);
    let commit = output("git", &["rev-parse", "HEAD"]);
    let dirty = if commit.is_empty() { String::new() } else { (!changed.is_empty()).to_string() };
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    // Flags are separated by a character that none of them has.
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default().replace('\u{1f}', " ");
    let known = [
        ("COMMIT", commit),
        ("DIRTY", dirty),
        ("RUSTC", output(&rustc, &["--version"])),
        ("RUSTFLAGS", flags),
    ];
    for (name, value) in known {
        println!("cargo::rustc-env=RTALLOC_{name}={value}");
    }
    for part in [".", "../src", "../Cargo.toml", "../Cargo.lock"] {
        println!("cargo::rerun-if-changed={part}");
    }
    let commits = output("git", &["rev-parse", "--git-path", "logs/HEAD"]);
    if !commits.is_empty() {
        println!("cargo::rerun-if-changed={commits}");
    }
}

#[cfg(not(feature = "dpdk"))]
fn dpdk() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rustc-env=RTALLOC_DPDK=");
    Ok(())
}

#[cfg(feature = "dpdk")]
fn dpdk() -> Result<(), Box<dyn std::error::Error>> {
    /// DPDK's libraries, dependent ones first.
    const LIBRARIES: [&str; 10] = [
        "rte_fib",
        "rte_rib",
        "rte_lpm",
        "rte_hash",
        "rte_mempool",
        "rte_rcu",
        "rte_ring",
        "rte_eal",
        "rte_telemetry",
        "rte_kvargs",
    ];
    /// What those need of the system.
    const SYSTEM: [&str; 2] = ["numa", "bsd"];

    let library = pkg_config::Config::new()
        .atleast_version("22.11")
        .cargo_metadata(false)
        .probe("libdpdk")?;
    println!("cargo::rustc-env=RTALLOC_DPDK={}", library.version);
    let mut shim = cc::Build::new();
    shim.file("dpdk/shim.c")
        .includes(&library.include_paths)
        .define("ALLOW_EXPERIMENTAL_API", None)
        // The headers count on these, as `pkg-config --cflags libdpdk` says; the crate that asks it
        // does not pass them on.
        .flag("-include")
        .flag("rte_config.h")
        .flag_if_supported("-march=corei7")
        .opt_level(3)
        .try_compile("rtalloc_dpdk")?;
    let folder = pkg_config::get_variable("libdpdk", "libdir")?;
    println!("cargo::rustc-link-search=native={folder}");
    for name in LIBRARIES {
        println!("cargo::rustc-link-lib=static={name}");
    }
    // Nothing names this one: it makes itself known when the program starts.
    println!("cargo::rustc-link-lib=static:+whole-archive,-bundle=rte_mempool_ring");
    for name in SYSTEM {
        println!("cargo::rustc-link-lib={name}");
    }
    Ok(())
}
