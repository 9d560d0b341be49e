"""Whoever subscribes through a Centrifugo, at whatever moment its subscription takes hold, ends at what the channel shows."""

from collections import deque

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from api.channel_names import ChannelName
from api.positions import Positions
from api.stream.channel import Channel, Rendering
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from api.stream.told_channel import WINDOW_S, ToldChannel, ToldChannelListener

PARTS = ("a", "b", "c")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.sampled_from(PARTS), st.booleans()),
        st.tuples(st.just("answer"), st.floats(0, WINDOW_S - 0.5), st.just(value=False)),
        st.tuples(st.just("pass"), st.floats(0, 1.4), st.just(value=False)),
        st.tuples(st.just("full"), st.booleans(), st.just(value=False)),
        st.tuples(st.just("image"), st.none(), st.just(value=False)),
    ),
    max_size=40,
)


def rendered(parts):
    return b"{%s}" % b",".join(b'"%s":%s' % (key.encode(), body) for key, body in parts)


class Reader:
    """A client that goes by positions; what is published before its subscription takes hold does not reach it."""

    def __init__(self, answer, holds_at_s):
        self.holds_at_s, self.position, self.shown = holds_at_s, -1, {}
        self.take(answer)

    def take(self, data):
        said = msgspec.json.decode(data)
        position = int(said["position"].partition(".")[2], 16)
        if position >= self.position:
            self.position = position
            self.shown = said["snapshot"] if "snapshot" in said else {**self.shown, **said["changes"]}


class Server:
    """Delivers what is published to those whose subscription has taken hold by then."""

    def __init__(self, clock):
        self.clock, self.is_full, self.readers, self.published = clock, False, [], deque()

    def publish(self, _channel, data):
        assert not self.is_full or b"snapshot" in data
        self.published.append(data)
        for reader in self.readers:
            if self.clock[0] >= reader.holds_at_s:
                reader.take(data)


@given(STEPS)
def test_every_reader_ends_at_what_the_channel_shows(steps):
    clock, value = [0.0], 0
    server = Server(clock)
    hub = Hub((), Positions("a log"), StreamCounts(), lambda: clock[0], lambda: 0)
    channel = Channel("fixture:x", Rendering(rendered, rendered), hub.positions.text, tuple)
    channel.begin([(key, b"0") for key in PARTS], 0, 0, {})
    told = ToldChannel(ChannelName("fixture", "x"), channel, hub, server, ToldChannelListener())

    def pass_by(seconds):
        for _ in range(int(seconds / 0.2) + 1):
            clock[0] += seconds / (int(seconds / 0.2) + 1)
            hub.look()
            told.look(clock[0])

    for what, how, by_time in steps:
        if what == "change":
            value += 1
            hub.position += not by_time
            data = channel.change(hub.position, [(how, b"%d" % value)], by_time=by_time)
            hub.publish(channel, data)
        elif what == "answer":
            server.readers.append(Reader(told.answered(), clock[0] + how))
        elif what == "pass":
            pass_by(how)
        elif what == "full":
            server.is_full = how
        else:
            told.publish_image()
    server.is_full = False
    pass_by(WINDOW_S + 2)
    shown = msgspec.json.decode(channel.snapshot())["snapshot"]
    assert all(reader.shown == shown for reader in server.readers)
    published = len(server.published)
    pass_by(WINDOW_S)
    assert len(server.published) == published, "where nothing changes and nobody comes, nothing is published"
