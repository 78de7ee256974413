. install/lib/apt.sh
packages faketime awscli python3-boto3
