# In a module of its own: OpenTofu replaces a package, which only a main module can do.
. install/lib/go.sh
# Otherwise it calls itself a development version.
tool github.com/opentofu/opentofu/cmd/tofu tofu '-X github.com/opentofu/opentofu/version.dev=no'
