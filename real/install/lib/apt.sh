# packages NAME...: Debian's packages. Runlevel 1: their services are not started.
packages() {
  dpkg -s "$@" >/dev/null 2>&1 && return
  install_packages "$@" || {
    as_root apt-get update -qq
    install_packages "$@"
  }
}
install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@"
}
# GitHub's runners may do so without a password.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
