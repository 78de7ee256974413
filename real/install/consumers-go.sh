. install/lib/go.sh
tool ./caller-identity
