// ECharts over the same positions as the SVG: zoom and drag for staff. Without it the SVG stays.
"use strict";
(() => {
  const picture = document.getElementById("picture");
  if (!picture || !picture.dataset.panorama) return;
  const wide = picture.querySelector(".picture-wide");
  const caption = picture.querySelector("figcaption");
  if (!wide || !caption) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet zoom-button";
  button.textContent = "缩放查看";
  button.setAttribute("aria-pressed", "false");
  picture.insertBefore(button, wide);
  const box = document.createElement("div");
  box.className = "picture-zoom";
  box.hidden = true;
  picture.insertBefore(box, wide);
  let chart = null;

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
  }

  async function draw() {
    const [answer] = await Promise.all([
      fetch(picture.dataset.panorama, { headers: { Accept: "application/json" } }),
      load(picture.dataset.echarts),
    ]);
    if (!answer.ok) throw new Error(String(answer.status));
    const data = await answer.json();
    const looks = {};
    for (const node of wide.querySelectorAll(".chain-node")) {
      const shape = node.querySelector("path[fill^='#']");
      if (shape) looks[node.dataset.link] = { colour: shape.getAttribute("fill"), path: shape.getAttribute("d") };
    }
    box.style.height = `${Math.round((data.size.wide.height / data.size.wide.width) * box.clientWidth)}px`;
    chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: `产业链全景图，${data.nodes.length} 个环节` } },
      series: [{
        type: "graph",
        layout: "none",
        roam: true,
        edgeSymbol: ["none", "arrow"],
        edgeSymbolSize: 5,
        emphasis: { focus: "adjacency" },
        label: { show: true, formatter: (one) => one.data.text, color: "#1C2B36", fontSize: 11 },
        lineStyle: { color: "#9AA8B3", curveness: 0.1 },
        nodes: data.nodes.map((one) => ({
          id: one.link,
          name: one.link,
          text: `${one.short}\n${one.grade_name}`,
          x: one.wide.x + one.wide.width / 2,
          y: one.wide.y + one.wide.height / 2,
          symbol: "rect",
          symbolSize: [one.wide.width * 0.5, one.wide.height * 0.8],
          itemStyle: { color: "#FFFFFF", borderColor: looks[one.link]?.colour ?? "#586773", borderWidth: 2 },
        })),
        edges: data.edges.map((one) => ({
          source: one.from,
          target: one.to,
          lineStyle: { type: one.kind === "物料" ? "solid" : "dashed" },
        })),
      }],
    });
    chart.on("click", (one) => {
      if (one.dataType === "node") location.href = `/chain/links/${one.data.id}${picture.dataset.keep}`;
    });
  }

  button.addEventListener("click", async () => {
    const zoom = box.hidden;
    box.hidden = !zoom;
    wide.hidden = zoom;
    button.setAttribute("aria-pressed", String(zoom));
    button.textContent = zoom ? "看原图" : "缩放查看";
    if (!zoom || chart) return;
    try {
      await draw();
    } catch {
      box.hidden = true;
      wide.hidden = false;
      button.textContent = "缩放查看不可用";
      button.disabled = true;
    }
  });
})();
