"""Reads names of profiles from standard input and prints, as JSON, who GetCallerIdentity at ENDPOINT says each is.

One process with a client for each profile, which keeps its credentials: job_consumer.py ENDPOINT
"""

import json
import sys

import boto3

endpoint = sys.argv[1]
clients = {}


def caller_identity(profile):
    if profile not in clients:
        clients[profile] = boto3.Session(profile_name=profile).client("sts", endpoint_url=endpoint)
    return clients[profile].get_caller_identity()["Arn"]


for line in sys.stdin:
    try:
        answer = {"arn": caller_identity(line.strip())}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
