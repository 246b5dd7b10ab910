"""A gRPC server that knows nothing of Wherry. It prints one line: listening on HOST:PORT"""

import os
import statistics
import sys
from concurrent import futures

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../proto"))
pb, pb_grpc = grpc.protos_and_services("samples/v1/samples.proto")


def summary(numbers):
    return pb.Summary(count=len(numbers), mean=statistics.fmean(numbers), median=statistics.median(numbers))


class Statistics(pb_grpc.StatisticsServicer):
    def Describe(self, request, context):
        if not request.numbers:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there is no mean of no numbers")
        return summary(request.numbers)

    def Follow(self, requests, context):
        numbers = []
        for request in requests:
            numbers.extend(request.numbers)
            yield summary(numbers)


server = grpc.server(futures.ThreadPoolExecutor())
pb_grpc.add_StatisticsServicer_to_server(Statistics(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"listening on 127.0.0.1:{port}", flush=True)
server.wait_for_termination()
