//! Builds what the feature `dpdk` needs, and nothing without it.
//!
//! DPDK's libraries are linked statically: calls into them are then as direct as in a program of
//! their own, and the environment loads no drivers when it starts.

#[cfg(not(feature = "dpdk"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "dpdk")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
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

    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=dpdk/shim.c");
    let library = pkg_config::Config::new()
        .atleast_version("22.11")
        .cargo_metadata(false)
        .probe("libdpdk")?;
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
