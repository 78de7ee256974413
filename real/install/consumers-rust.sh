cd rust
export CARGO_HOME=$PWD/../.installed/cargo CARGO_TARGET_DIR=$PWD/../.installed/rust
cargo build --quiet --locked
