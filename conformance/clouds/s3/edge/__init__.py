"""A stand-in for S3, with the SQS, SNS and EventBridge that tell of its events: moto behind an edge that is as strict as the service.

Addresses are path-style. Not done: signatures of single chunks are not checked, lifecycle rules are kept but do not run.
"""
