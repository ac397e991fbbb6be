//! Packages of Debian and its relatives, through apt-get.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{capture, run_quietly, succeeds};
use crate::progress::say;

/// Installs those of `packages` that are missing, `why` being what they are for ("native tests need Vulkan").
/// Fails with the command to type where this user may not install, or the system has no apt-get.
pub fn ensure(packages: &[&str], why: &str) -> Result<()> {
    if !is_here() {
        bail!(
            "{why}, and this system has no apt-get; install what Debian calls {} by hand",
            packages.join(" ")
        );
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let by_hand = format!("sudo apt-get update && sudo apt-get install --no-install-recommends {names}");
    let Some(rights) = Rights::find() else {
        bail!("{why}, and this user may not install packages; run: {by_hand}");
    };
    say(format!("{why}; installing the Debian packages {names}"));
    let what = format!("apt-get install {names}");
    let installing = || {
        run_quietly(&what, rights.apt_get(&["install", "--yes", "--no-install-recommends"]).args(&missing))
    };
    let first_try = if lists_are_empty() { None } else { installing().err() };
    if let Some(error) = &first_try {
        say(format!("{error:#}"));
        say("apt's lists may be old; updating them and trying once more");
    }
    if first_try.is_some() || !missing.iter().all(|package| installed(package)) {
        // A mirror that doesn't answer leaves the lists of the others, which may be enough.
        if let Err(error) = run_quietly("apt-get update", &mut rights.apt_get(&["update"])) {
            say(format!("{error:#}"));
        }
        installing().map_err(|error| {
            error.context(format!("{why}, and {names} could not be installed; run: {by_hand}"))
        })?;
    }
    Ok(())
}

/// Whether this is Debian or a relative.
pub fn is_here() -> bool {
    Path::new("/etc/debian_version").exists() && which::which("apt-get").is_ok()
}

/// Whether `package` is installed whole.
pub fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    capture(&mut query).is_ok_and(|status| status == "installed")
}

/// How this user may install packages.
enum Rights {
    Root,
    Sudo,
}

impl Rights {
    fn find() -> Option<Self> {
        if capture(Command::new("id").arg("-u")).is_ok_and(|id| id == "0") {
            return Some(Self::Root);
        }
        succeeds(Command::new("sudo").args(["-n", "true"])).then_some(Self::Sudo)
    }

    fn apt_get(&self, arguments: &[&str]) -> Command {
        const QUIET: &str = "DEBIAN_FRONTEND=noninteractive";
        let mut command = match self {
            Self::Root => Command::new("env"),
            Self::Sudo => {
                let mut sudo = Command::new("sudo");
                sudo.args(["-n", "env"]);
                sudo
            }
        };
        // Another apt-get may be at work, of a machine's daily updates say.
        command.args([QUIET, "apt-get", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
        command
    }
}

fn lists_are_empty() -> bool {
    std::fs::read_dir("/var/lib/apt/lists")
        .map(|lists| lists.flatten().all(|list| !list.path().is_file() || list.file_name() == "lock"))
        .unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::shown;

    #[test]
    fn apt_get_never_asks() {
        let command = shown(&Rights::Sudo.apt_get(&["install", "--yes", "chromium"]));
        assert_eq!(
            command,
            "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install --yes chromium"
        );
    }
}
