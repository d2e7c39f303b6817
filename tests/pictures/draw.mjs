// Draws job summaries as GitHub does, in Chromium, and measures what it sees. Reads {chromium, widths, folder, pages: {name: markdown}} from
// stdin, prints [{name, width, ...}] and puts a picture of each into `folder`, where there is one. Runs beside its node_modules.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers"; // a read of descriptor 0 fails with EAGAIN where nothing is there yet
import { createStarryNight } from "@wooorm/starry-night";
import diff from "@wooorm/starry-night/source.diff";
import { toHtml } from "hast-util-to-html";
import { Marked } from "marked";
import puppeteer from "puppeteer-core";

const order = JSON.parse(await text(process.stdin));
const file = createRequire(import.meta.url).resolve;
const night = await createStarryNight([diff]);
const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

const marked = new Marked({ gfm: true });
marked.use({
  renderer: {
    code({ text, lang }) {
      if (lang === "mermaid") return `<div class="chart"><pre>${escaped(text)}</pre></div>`;
      const scope = lang && night.flagToScope(lang);
      return `<pre class="${escaped(lang ?? "")}"><code>${scope ? toHtml(night.highlight(text, scope)) : escaped(text)}</code></pre>`;
    },
  },
});

// 16 pixels around the page and 16 within the box of a summary, as on GitHub.
const STYLE = "body { margin: 16px } .markdown-body { padding: 16px; border: 1px solid #d1d9e0; border-radius: 6px } .chart svg { display: block }";

async function opened(browser, width) {
  const page = await browser.newPage();
  await page.setViewport({ width, height: 800, deviceScaleFactor: 2 });
  await page.setContent('<!doctype html><meta charset="utf-8"><body><article class="markdown-body"></article>');
  await page.addStyleTag({ path: file("github-markdown-css/github-markdown-light.css") });
  await page.addStyleTag({ content: STYLE });
  await page.addScriptTag({ path: file("mermaid/dist/mermaid.min.js") });
  await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" }));
  return page;
}

async function draw(html) {
  const article = document.querySelector("article");
  article.innerHTML = html;
  for (const each of article.querySelectorAll("details")) each.open = true;
  const errors = [];
  for (const [number, chart] of [...article.querySelectorAll(".chart")].entries()) {
    const source = chart.textContent;
    chart.replaceChildren();
    try {
      chart.innerHTML = (await window.mermaid.render(`chart${number}`, source, chart)).svg;
    } catch (error) {
      errors.push(String(error.message ?? error));
    }
  }
  return errors;
}

function measure() {
  const article = document.querySelector("article");
  const all = (selector) => [...article.querySelectorAll(selector)];
  const lines = (selector) => all(selector).map((each) => each.textContent);
  const name = (node) => `${node.localName} ${node.textContent.slice(0, 60)}`;
  const outside = (chart) => {
    const box = chart.getBoundingClientRect();
    const cut = (text) => {
      const { left, right } = text.getBoundingClientRect();
      return left < box.left - 1 || right > box.right + 1;
    };
    return [...chart.querySelectorAll("text")].filter(cut).map((text) => text.textContent);
  };
  const crowded = (chart) => {
    const ticks = [...chart.querySelectorAll(".tick text")].map((tick) => tick.getBoundingClientRect());
    return ticks.some((tick, at) => at > 0 && tick.left < ticks[at - 1].right + 2);
  };
  const covered = (chart) => {
    const bars = [...chart.querySelectorAll("rect.task")].map((bar) => bar.getBoundingClientRect().left);
    return [...chart.querySelectorAll(".sectionTitle")].some((name) => name.getBoundingClientRect().right > Math.min(...bars));
  };
  const charts = all(".chart svg");
  return {
    head: article.firstElementChild?.textContent ?? "",
    empty_heads: all("table").filter((table) => [...table.querySelectorAll("th")].every((cell) => !cell.textContent.trim())).length,
    page_overflows: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
    wide: all("table, p, h3, ul, details, summary, .chart").filter((each) => each.scrollWidth > each.clientWidth + 1).map(name),
    charts: charts.length,
    failed_bars: all(".chart svg rect").filter((bar) => /crit/.test(bar.getAttribute("class"))).length,
    cut_labels: charts.flatMap(outside),
    crowded_axes: charts.filter(crowded).length,
    covered_names: charts.filter(covered).length,
    added: lines("pre.diff .pl-mi1"),
    removed: lines("pre.diff .pl-md"),
    elements: [...new Set(all("*:not(svg, svg *)").map((each) => each.localName))].sort(),
    links: all("a").map((each) => each.getAttribute("href")),
    text: article.innerText,
  };
}

// No sandbox of its own: as root, and in many containers, it has none; what it shows is written here.
const browser = await puppeteer.launch({ executablePath: order.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const seen = [];
  for (const width of order.widths) {
    const page = await opened(browser, width); // one after the other: Chromium takes no picture of a page behind another one
    for (const [name, markdown] of Object.entries(order.pages)) {
      const errors = await page.evaluate(draw, marked.parse(markdown));
      seen.push({ name, width, errors, ...(await page.evaluate(measure)) });
      if (!order.folder) continue;
      await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = false)));
      await (await page.$("article")).screenshot({ path: `${order.folder}/${name}-${width}.png` });
    }
    await page.close();
  }
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}
