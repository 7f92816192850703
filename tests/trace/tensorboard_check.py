# SPDX-FileCopyrightText: 2026 The koi authors
# SPDX-License-Identifier: Apache-2.0
"""Whether TensorBoard itself reads what trace::tensorboard wrote: graph, run metadata and scalars from its data API,
and its Graphs page, coloured by device and by compute time, in a headless Chromium.

    python3 tensorboard_check.py --logdir DIR --players server0,server1,... [--venv DIR] [--picture FILE.png] [--open A,B]

Without TensorBoard it is installed with pip into the virtual environment DIR. Where that cannot be done, or there is no
Chromium for a picture that is asked for, the status is 77, and a line says what is missing. --open: the groups of the
graph that the picture shows opened.
"""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True  # nothing in the checkout
import browser  # noqa: E402
import packages  # noqa: E402


def demand(holds, what):
    if not holds:
        sys.exit(f"tensorboard_check: {what}")


@contextlib.contextmanager
def serving(logdir):
    """TensorBoard on a port that it chooses; gives the address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", logdir, "--port", "0", "--host", "127.0.0.1",
         "--load_fast", "false"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            found = re.search(r"at (http://127\.0\.0\.1:\d+)/", line)
            if found:
                yield found[1]
                return
        sys.exit("tensorboard_check: TensorBoard ended before it served")
    finally:
        process.kill()
        process.wait()


def get(address, what, **parameters):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}/data/plugin/{what}?{urllib.parse.urlencode(parameters)}", timeout=60) as answer:
        return answer.read().decode()


def check_data(address, players):
    """Graph, metadata and scalars as TensorBoard tells them; the names of the runs."""
    from google.protobuf import text_format
    from tensorboard.compat.proto import config_pb2, graph_pb2

    end = time.monotonic() + 60
    while not (runs := json.loads(get(address, "graphs/info"))) and time.monotonic() < end:
        time.sleep(0.2)
    demand(runs, "TensorBoard finds no graph")
    for run, info in runs.items():
        demand(info["run_graph"], f"{run} has no graph")
        graph = text_format.Parse(get(address, "graphs/graph", run=run, conceptual="false", limit_attr_size=1024,
                                      large_attrs_key="_too_large_attrs"), graph_pb2.GraphDef())
        nodes = {n.name: n for n in graph.node}
        demand(len(nodes) == len(graph.node), "two nodes of one name")
        devices = {n.device for n in graph.node}
        demand(devices == {f"/device:{p}:0" for p in players}, f"the devices are {devices}")
        for n in graph.node:
            demand(all(i in nodes for i in n.input), f"an edge into {n.name} begins nowhere")
            for key in ("bytes_sent_online", "bytes_received_online", "rounds_online", "steps"):
                demand(key in n.attr, f"{n.name} has no {key}")
        demand(any("_output_shapes" in n.attr for n in graph.node), "no edge has a shape")

        demand([t["profile"] for t in info["tags"].values()] == [True], f"{run} has no run metadata")
        stats = text_format.Parse(get(address, "graphs/run_metadata", run=run, tag=next(iter(info["tags"]))),
                                  config_pb2.RunMetadata()).step_stats
        timed = {}
        for device in stats.dev_stats:
            for n in device.node_stats:
                demand(nodes[n.node_name].device == device.device, f"{n.node_name} ran on {device.device}")
                demand(n.all_start_micros > 0 and n.all_end_rel_micros > 0, f"{n.node_name} has no time")
                timed[n.node_name] = sum(m.total_bytes for m in n.memory)
        demand(timed.keys() == nodes.keys(), "not every node has a time")
        demand(any(timed.values()), "no node has memory")
        scalars = json.loads(get(address, "scalars/tags"))[run]
        for tag in scalars:
            demand(json.loads(get(address, "scalars/scalars", run=run, tag=tag)), f"{tag} has no points")
        print(f"{run}: {len(nodes)} nodes on {len(devices)} devices, scalars: {', '.join(scalars) or 'none'}")
    return list(runs)


FIND = """window.find = selector => {
  const found = [], walk = from => {
    found.push(...from.querySelectorAll(selector));
    for (const e of from.querySelectorAll('*')) if (e.shadowRoot) walk(e.shadowRoot);
  };
  walk(document);
  return found;
}, window.press = (selector, text) => {
  const one = find(selector).find(e => e.textContent.trim() == text);
  if (one) one.click();
  return !!one;
}, window.fills = () => find('g.node').filter(e => !e.dataset.name.includes('~~')).map(e =>
  getComputedStyle(e.querySelector('.nodeshape rect, .nodeshape ellipse, .nodeshape use, rect, ellipse, use')).fill), true"""


def look(page, address, run, players, opened):
    """The Graphs page of a run by compute time, then by device; no group may be without colour."""
    page.open("about:blank")
    page.open(f"{address}/?darkMode=false#graphs&run={urllib.parse.quote(run)}")
    page.wait_for("document.readyState == 'complete'", "end")
    page.run(FIND)
    page.wait_for("find('g.node').length > 0", "graph")
    demand(page.run("press('paper-item', 'the run')"), "the page offers no run metadata")
    page.wait_for("find('#compute-time-radio-button').some(e => !e.disabled)", "compute times")
    for colour in ("Compute time", "Device"):
        demand(page.run(f"press('paper-radio-button', '{colour}')"), f"the page has no colours by {colour}")
        page.wait_for("fills().every(f => !f.includes('atch'))", f"colour for every group by {colour}")
        if colour == "Compute time":
            demand(len(set(page.run("fills()"))) > 1, "all groups have one compute time")
    legend = page.run("find('tf-graph-controls')[0].shadowRoot.textContent")
    for player in players:
        demand(player in legend, f"the legend of devices lacks {player}")
    for name in opened:
        page.run("find('tf-graph-scene')[0].dispatchEvent(new CustomEvent('node-toggle-expand', "
                 f"{{detail: {{name: {json.dumps(name)}}}, bubbles: true, composed: true}}))")
        page.wait_for(f"find('g.node').some(e => e.dataset.name.startsWith({json.dumps(name + '/')}))", name)
    time.sleep(1)  # the page moves to what was opened
    page.run("find('tf-graph-scene')[0].dispatchEvent(new CustomEvent('graph-select', {bubbles: true, composed: true}))")
    page.run("press('paper-button', 'Fit to screen')")
    time.sleep(1.5)


def reduced(png):
    """The picture in 256 colours, where that can be done."""
    try:
        import io
        from PIL import Image
    except ImportError:
        return png
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return min(out.getvalue(), png, key=len)


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--logdir", required=True)
    words.add_argument("--players", required=True)
    words.add_argument("--venv")
    words.add_argument("--picture")
    words.add_argument("--open", default="")
    said = words.parse_args()
    packages.need(["tensorboard"], said.venv, with_them=["setuptools<81", "pillow"])
    players = said.players.split(",")
    with serving(said.logdir) as address:
        runs = check_data(address, players)
        if not browser.find():
            if said.picture:
                packages.skip("no Chromium here: apt-get install chromium")
            print("no Chromium here: the Graphs page was not looked at")
            return
        with browser.Page(1400, 960) as page:
            for run in runs:
                look(page, address, run, players, [n for n in said.open.split(",") if n])
                print(f"{run}: the Graphs page has colours by device and by compute time")
            if said.picture:
                with open(said.picture, "wb") as file:
                    file.write(reduced(page.picture()))


if __name__ == "__main__":
    main()
