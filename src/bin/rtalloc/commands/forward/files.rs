//! Capture files that would destroy one another: no file is written that another port, or the same
//! one, reads or writes as well.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::spec::{Kind, PortSpec};
use crate::failure::Failure;

/// How many links are followed to a file that is not there, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// What makes a regular file, by whatever name, the same as another.
#[derive(PartialEq, Eq)]
enum Identity {
    /// One that is there: its device and inode.
    There(u64, u64),
    /// One that will be made: its directory's device and inode, and its name there.
    ToBe(u64, u64, OsString),
}

impl Identity {
    /// That of the regular file which this name leads to. Of what is none, as a pipe or `/dev/null`,
    /// there is no harm; and what cannot be looked at the opening meets as well.
    fn of(path: &Path) -> Option<Self> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            if let Ok(file) = fs::metadata(&path) {
                return file.is_file().then(|| Self::There(file.dev(), file.ino()));
            }
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
            let directory = parent.unwrap_or(Path::new(".")).to_owned();
            match fs::read_link(&path) {
                Ok(target) => path = directory.join(target),
                Err(_) => {
                    let name = path.file_name()?.to_owned();
                    let directory = fs::metadata(directory).ok()?;
                    return Some(Self::ToBe(directory.dev(), directory.ino(), name));
                }
            }
        }
        None
    }
}

/// No file is written that is also read, or written twice. Looks at the files alone, and opens none.
pub(super) fn check(ports: &[PortSpec]) -> Result<(), Failure> {
    let (mut read, mut written) = (Vec::new(), Vec::new());
    for port in ports {
        let Kind::Pcap(input, output) = &port.kind else { continue };
        let file = |path: &String| Identity::of(&PathBuf::from(path)).map(|file| (port.name, file));
        read.extend(input.as_ref().and_then(file));
        if let Some((_, file)) = output.as_ref().and_then(file) {
            written.push((port.name, file, output.as_deref().unwrap_or_default()));
        }
    }
    for (at, (port, file, path)) in written.iter().enumerate() {
        let reader = read.iter().find(|other| other.1 == *file);
        let writer = written[..at].iter().find(|other| other.1 == *file);
        let why = match (reader, writer) {
            (Some((other, _)), _) => format!("port {other} reads that file"),
            (None, Some((other, ..))) => format!("port {other} writes that file as well"),
            (None, None) => continue,
        };
        return Err(Failure::Ports(format!("port {port}: {path}: not written: {why}").into()));
    }
    Ok(())
}
