// Opens pages that are files and have to stand alone, in Chromium without a network, light and dark, and measures what it sees. Reads
// {chromium, widths, folder, files: {name: path}} from stdin, prints [{name, width, dark, ...}], and puts a picture of each into `folder`.
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers"; // a read of descriptor 0 fails with EAGAIN where nothing is there yet
import puppeteer from "puppeteer-core";

const order = JSON.parse(await text(process.stdin));

function measure() {
  const all = (selector) => [...document.body.querySelectorAll(selector)];
  const name = (node) => `${node.localName}.${node.className} ${node.textContent.slice(0, 60)}`;
  const parts = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const background = (node) => {
    for (let each = node; each; each = each.parentElement) {
      const color = parts(getComputedStyle(each).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (node) => {
    const [one, two] = [light(parts(getComputedStyle(node).color)), light(background(node))];
    return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  };
  const speaks = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.textContent.trim());
  const texts = all("*").filter(speaks);
  const size = (node) => node.getBoundingClientRect();
  return {
    head: document.querySelector("h1")?.textContent ?? "",
    page_overflows: document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth,
    wide: all("*:not(svg, svg *)").filter((each) => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).display !== "inline").map(name),
    smallest_text: Math.min(...texts.map((each) => parseFloat(getComputedStyle(each).fontSize))),
    weakest_contrast: Math.min(...texts.map(contrast)),
    charts: all("figure").length,
    bars: all("rect").map((each) => size(each).width / size(each.parentElement).width),
    lines: all("polyline").map((each) => size(each).width / size(each.parentElement).width),
    elements: [...new Set(all("*").map((each) => each.localName))].sort(),
    links: all("[href], [src]").map((each) => each.getAttribute("href") ?? each.getAttribute("src")),
    background: getComputedStyle(document.body).backgroundColor,
    text: document.body.innerText,
  };
}

const browser = await puppeteer.launch({ executablePath: order.chromium, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
try {
  const seen = [];
  for (const width of order.widths) {
    for (const dark of [false, true]) {
      for (const [name, file] of Object.entries(order.files)) {
        const page = await browser.newPage();
        const address = pathToFileURL(file).href;
        const [requests, complaints] = [[], []];
        page.on("request", (request) => request.url() === address || requests.push(request.url()));
        page.on("console", (message) => complaints.push(message.text()));
        page.on("pageerror", (error) => complaints.push(String(error)));
        page.on("dialog", (dialog) => complaints.push(dialog.message()) && dialog.dismiss());
        await page.setOfflineMode(true);
        await page.setViewport({ width, height: 800, deviceScaleFactor: 1 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
        await page.goto(address, { waitUntil: "load" });
        if (order.folder) await page.screenshot({ path: `${order.folder}/${name}-${width}${dark ? "-dark" : ""}.png`, fullPage: true });
        await page.evaluate(() => document.querySelectorAll("details").forEach((part) => (part.open = true)));
        seen.push({ name, width, dark, requests, complaints, ...(await page.evaluate(measure)) });
        await page.close();
      }
    }
  }
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}
