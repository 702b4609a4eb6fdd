"""The function behind http.server with kept-alive connections, one buffered write an answer. Prints its port."""
import http.server

from index import handler


class Function(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self):
        event = self.rfile.read(int(self.headers["Content-Length"])).decode()
        result = handler(event, None).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(result)))
        self.end_headers()
        self.wfile.write(result)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Function)
print(server.server_address[1], flush=True)
server.serve_forever()
