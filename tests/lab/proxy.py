"""A TCP proxy on loopback that cuts or silences a connection after so many bytes from the server."""
import socket
import threading

from . import ports


class Proxy:
    """mode: "pass", "cut" (close after `after` bytes from the server), "silent" (stop passing them on after `after`)."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.mode, self.after = "pass", 0
        self.passed = 0  # bytes from the server, all connections
        self.port = ports.free()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    url = property(lambda self: f"ldap://127.0.0.1:{self.port}")

    def set(self, mode, after=0):
        self.mode, self.after = mode, after

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port), 5)
                server.settimeout(None)  # a pause of the server is no error of the proxy
            except OSError:
                client.close()
                continue
            self._open |= {client, server}
            threading.Thread(target=self._pump, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, True), daemon=True).start()

    def _pump(self, source, sink, from_server):
        sent = 0
        try:
            while data := source.recv(4096):
                if from_server and self.mode != "pass":
                    data = data[:max(0, self.after - sent)]
                    if not data and self.mode == "cut":
                        break
                if data:
                    sink.sendall(data)
                    sent += len(data)
                    self.passed += len(data) if from_server else 0
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self._listener.close()
        for s in self._open:
            s.close()


class SilentServer:
    """Accepts connections and never says a word."""

    def __init__(self):
        self.port = ports.free()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=50)

    url = property(lambda self: f"ldap://127.0.0.1:{self.port}")

    def close(self):
        self._listener.close()
