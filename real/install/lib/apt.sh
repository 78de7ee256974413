# packages NAME...: Debian's packages, as root. Runlevel 1: their services are not started.
packages() {
  dpkg -s "$@" >/dev/null 2>&1 && return
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  apt-get install -y -qq --no-install-recommends "$@" || {
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@"
  }
}
