"""Open pages of the built site in a browser without a window, and see that their pictures load.

Run: python docs/site_pages/browser.py docs/_build
"""

import functools
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")
PATIENCE = 180  # seconds
CHECK = """<!doctype html><body><script>
(async () => {
  const found = {};
  for (const page of PAGES) {
    const frame = document.createElement("iframe");
    frame.src = page;
    const loaded = new Promise((done) => { frame.onload = done; });
    document.body.append(frame);
    await loaded;
    const images = [...frame.contentDocument.querySelectorAll("main img")];
    await Promise.allSettled(images.map((image) => image.decode()));
    found[page] = images.map((image) => [image.getAttribute("src"), image.naturalWidth]);
  }
  await fetch("/found", {method: "POST", body: JSON.stringify(found)});
})();
</script>"""


class Server(ThreadingHTTPServer):
    """The built site, with a page that opens others and says which pictures it has found."""

    def __init__(self, site: Path):
        super().__init__(("127.0.0.1", 0), functools.partial(_Handler, directory=str(site)))
        self.check = CHECK.replace("PAGES", json.dumps(pages(site))).encode()
        self.found: queue.Queue = queue.Queue()


class _Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path != "/check":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.check)

    def do_POST(self) -> None:
        self.server.found.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def pages(site: Path) -> list[str]:
    """The start, the pages of a schedule and of all of them, the gallery, and the first notebook where there is one."""
    notebooks = sorted(page.name for page in (site / "generated/notebooks").glob("[0-9]*.html"))
    chosen = ["index.html", "generated/reference/schedules.cosine.html", "schedules.html"]
    return chosen + [f"generated/notebooks/{name}" for name in (["index.html", notebooks[0]] if notebooks else [])]


def pictures(site: Path, browser: str) -> dict[str, list]:
    """The pictures of these pages, each with its width in pixels as the browser has loaded it."""
    server = Server(site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_port}/check"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                return server.found.get(timeout=PATIENCE)
            except queue.Empty:
                raise SystemExit(f"{browser} did not load the pages within {PATIENCE} seconds.") from None
            finally:
                running.terminate()
                server.shutdown()


def main() -> None:
    """Fail where a page has no picture, or a picture has no width."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print(f"skipped: none of {', '.join(BROWSERS)} is installed")
        return
    found = pictures(Path(sys.argv[1]), browser)
    for page, images in found.items():
        print(f"{page}: {len(images)} pictures, widths {[width for _, width in images]}")
        broken = [source for source, width in images if not width]
        if broken or not images:
            raise SystemExit(f"{page}: these pictures do not load: {broken or 'there are none'}")
    if not any("notebooks" in page for page in found):
        print("skipped: there are no notebooks")


if __name__ == "__main__":
    main()
