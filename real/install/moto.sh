. install/lib/apt.sh
. install/lib/python.sh
packages iproute2
environment moto
