# In a module of its own: OpenTofu replaces a package, which only a main module can do.
. install/lib/go.sh
tool github.com/opentofu/opentofu/cmd/tofu tofu
