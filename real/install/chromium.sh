# By itself: Ubuntu has no such package, and the others must not be lost for it.
. install/lib/apt.sh
packages chromium
