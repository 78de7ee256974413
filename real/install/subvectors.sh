. install/lib/python.sh
environment subvectors
