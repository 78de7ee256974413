# tool PACKAGE [MODULE [LINKER-FLAGS]]: builds a tool of go/go.mod, or another folder's, to .installed/go/bin. Modules and
# the cache stay in the clone.
export GOPATH=$PWD/.installed/go GOCACHE=$PWD/.installed/go/cache GOBIN=$PWD/.installed/go/bin GOFLAGS='-modcacherw -mod=readonly' GOTOOLCHAIN=local
tool() { (cd "${2:-go}" && go install -ldflags "-s -w ${3-}" "$1"); }
