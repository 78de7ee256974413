. install/lib/python.sh
environment act
