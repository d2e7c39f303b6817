// Looks at the documentation site in Chromium, from its folder, without a server. Reads {chromium, site, folder, pages: {width: [page]}, words, finds}
// from stdin, waits until the search for `words` has the page `finds`, prints {looks: [{page, width, ...}], asked: addresses elsewhere} and puts a picture of each page into `folder`, where there is one. Runs beside its node_modules.
import { pathToFileURL } from "node:url";
import { text } from "node:stream/consumers"; // a read of descriptor 0 fails with EAGAIN where nothing is there yet
import puppeteer from "puppeteer-core";

const order = JSON.parse(await text(process.stdin));
const address = (page) => `${pathToFileURL(order.site)}/${page}`;

function measure() {
  const reaches = (node) => node.getBoundingClientRect().right > document.body.clientWidth + 1;
  const scrolls = (node) => node.closest("pre, table, .md-typeset__scrollwrap, .md-typeset__table") !== null;
  return {
    wide: [...document.querySelectorAll("article *")]
      .filter((node) => reaches(node) && !scrolls(node))
      .map((node) => `${node.localName} ${node.textContent.slice(0, 60)}`),
    small: [...document.querySelectorAll("article p, article li, article td")].filter((node) => parseFloat(getComputedStyle(node).fontSize) < 12).length,
  };
}

// The search draws itself into a shadow root once its worker answers.
const field = () => [...document.querySelectorAll("*")].some((node) => node.shadowRoot?.querySelector("input"));
const results = () =>
  [...document.querySelectorAll("*")].flatMap((node) => (node.shadowRoot ? [...node.shadowRoot.querySelectorAll("a")] : [])).map((link) => link.href);

const args = ["--no-sandbox", "--disable-dev-shm-usage", "--allow-file-access-from-files"];
const browser = await puppeteer.launch({ executablePath: order.chromium, args });
try {
  const asked = new Set();
  const looks = [];
  for (const [width, names] of Object.entries(order.pages)) {
    const page = await browser.newPage();
    page.on("request", (request) => asked.add(request.url()));
    await page.setViewport({ width: Number(width), height: 900 });
    for (const name of names) {
      await page.goto(address(name), { waitUntil: "load" });
      looks.push({ page: name, width: Number(width), ...(await page.evaluate(measure)) });
      if (order.folder) await page.screenshot({ path: `${order.folder}/${name.replaceAll("/", "-")}-${width}.png` });
    }
    await page.close();
  }
  const page = await browser.newPage();
  await page.setViewport({ width: 1300, height: 900 });
  await page.goto(address("index.html"), { waitUntil: "load" });
  await page.waitForSelector(".md-search__button", { visible: true });
  await page.click(".md-search__button");
  await page.waitForFunction(field);
  await page.keyboard.type(order.words);
  let found = [];
  for (const until = Date.now() + 60000; Date.now() < until && !found.some((link) => link.includes(order.finds)); ) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    found = await page.evaluate(results);
  }
  if (order.folder) await page.screenshot({ path: `${order.folder}/search.png` });
  process.stdout.write(JSON.stringify({ looks, found, asked: [...asked].filter((url) => !/^(file|data|blob|about):/.test(url)) }));
} finally {
  await browser.close();
}
