"""A Route Guide client in Python, on grpcio: each kind of call, a deadline and a cancel, through a gateway.

Usage: client.py HOST:PORT. The modules that protoc makes of route_guide.proto are on PYTHONPATH. Prints one line for
each check that held; the first that does not ends it with a traceback and exit code 1.
"""

import contextlib
import math
import sys
import threading

import grpc
import route_guide_pb2 as pb
import route_guide_pb2_grpc as services

TIMEOUT_SECONDS = 30

MENDHAM = pb.Point(latitude=407838351, longitude=-746143763)
BERKSHIRE_VALLEY = pb.Point(latitude=409146138, longitude=-746188906)
NOWHERE = pb.Point(latitude=0, longitude=0)


def metres(start, end):
    """The way between two points, by the angle between the vectors to them from the middle of the Earth."""

    def vector(point):
        latitude, longitude = math.radians(point.latitude / 1e7), math.radians(point.longitude / 1e7)
        return (
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        )

    return 6371000 * 2 * math.asin(math.dist(vector(start), vector(end)) / 2)


def fails_with(code, call):
    try:
        answer = call()
    except grpc.RpcError as error:
        assert error.code() == code, error
    else:
        raise AssertionError(f"it ended well, with {answer}")


@contextlib.contextmanager
def endless_chat(stub, point, timeout):
    """A chat that leaves a note twice, so that one comes back, and says no more, but does not end."""
    over = threading.Event()

    def notes():
        yield pb.RouteNote(location=point, message="again")
        yield pb.RouteNote(location=point, message="again")
        over.wait()

    try:
        chat = stub.RouteChat(notes(), timeout=timeout)
        assert next(chat).message == "again"
        yield chat
    finally:
        over.set()


def get_feature(stub):
    feature = stub.GetFeature(BERKSHIRE_VALLEY, timeout=TIMEOUT_SECONDS)
    assert feature.name == "Berkshire Valley Management Area Trail, Jefferson, NJ, USA", feature
    assert feature.location == BERKSHIRE_VALLEY, feature
    assert stub.GetFeature(NOWHERE, timeout=TIMEOUT_SECONDS) == pb.Feature(name="", location=NOWHERE)


def list_features(stub):
    area = pb.Rectangle(
        lo=pb.Point(latitude=400000000, longitude=-750000000), hi=pb.Point(latitude=420000000, longitude=-730000000)
    )
    features = list(stub.ListFeatures(area, timeout=TIMEOUT_SECONDS))
    assert len(features) == 64, len(features)
    assert features[0] == pb.Feature(name="Patriots Path, Mendham, NJ 07945, USA", location=MENDHAM), features[0]


def record_route(stub):
    route = [MENDHAM, BERKSHIRE_VALLEY, NOWHERE, MENDHAM]
    summary = stub.RecordRoute(iter(route), timeout=TIMEOUT_SECONDS)
    assert (summary.point_count, summary.feature_count) == (4, 3), summary
    assert abs(summary.distance - sum(map(metres, route, route[1:]))) <= 1, summary
    assert 0 <= summary.elapsed_time <= TIMEOUT_SECONDS, summary


def route_chat(stub):
    places = [pb.Point(latitude=11, longitude=n) for n in (1, 2, 1, 1)]
    notes = [pb.RouteNote(location=place, message=f"note {n}") for n, place in enumerate(places)]
    answers = list(stub.RouteChat(iter(notes), timeout=TIMEOUT_SECONDS))
    assert answers == [notes[0], notes[0], notes[2]], answers


def deadline(stub):
    with endless_chat(stub, pb.Point(latitude=22, longitude=1), timeout=3) as chat:
        fails_with(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(chat))


def cancel(stub):
    with endless_chat(stub, pb.Point(latitude=33, longitude=1), timeout=TIMEOUT_SECONDS) as chat:
        chat.cancel()
        fails_with(grpc.StatusCode.CANCELLED, lambda: next(chat))


def unknown_method(channel):
    teleport = channel.unary_unary("/routeguide.RouteGuide/Teleport")
    fails_with(grpc.StatusCode.UNIMPLEMENTED, lambda: teleport(b"", timeout=TIMEOUT_SECONDS))


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        stub = services.RouteGuideStub(channel)
        for check in (get_feature, list_features, record_route, route_chat, deadline, cancel):
            check(stub)
            print(f"ok {check.__name__}", flush=True)
        unknown_method(channel)
        print("ok unknown_method", flush=True)


main()
