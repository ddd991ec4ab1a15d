// Reads codes with the camera, in the page: pictures never leave the phone.
"use strict";
(() => {
  const box = document.getElementById("scanner");
  const reader = window.ZXingWASM;
  if (!box || !reader) return;
  box.hidden = false;
  const video = document.getElementById("video");
  const state = document.getElementById("scan-state");
  const found = document.getElementById("found");
  const start = document.getElementById("start");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const options = { formats: ["QRCode", "DataMatrix", "Code128", "EAN13", "EAN8"], maxNumberOfSymbols: 1, tryHarder: true };
  let stream = null;
  let timer = 0;
  reader.prepareZXingModule({ overrides: { locateFile: (name, base) => (name.endsWith(".wasm") ? box.dataset.wasm : base + name) } });

  function show(text) {
    found.href = "/find?code=" + encodeURIComponent(text);
    found.textContent = "打开：" + text;
    found.hidden = false;
    state.textContent = "已识别。";
    if (navigator.vibrate) navigator.vibrate(80);
    stop();
    found.focus();
  }
  function stop() {
    window.clearTimeout(timer);
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    start.textContent = "再扫一个";
    start.disabled = false;
  }
  async function look() {
    if (!stream) return;
    if (video.videoWidth) {
      const scale = Math.min(1, 1280 / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const results = await reader.readBarcodes(pen.getImageData(0, 0, canvas.width, canvas.height), options);
      if (results.length && results[0].text) return show(results[0].text);
    }
    timer = window.setTimeout(guarded, 120);
  }
  async function guarded() {
    try {
      await look();
    } catch {
      state.textContent = "识别程序没有加载成功，请刷新页面，或在右侧输入编码。";
      stop();
    }
  }
  start.addEventListener("click", async () => {
    found.hidden = true;
    start.disabled = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
    } catch {
      state.textContent = "打不开摄像头：请在浏览器里允许使用摄像头，或改用拍照、输入编码。";
      start.disabled = false;
      return;
    }
    video.srcObject = stream;
    await video.play();
    state.textContent = "正在找码，请把码放进框内。";
    guarded();
  });
  document.getElementById("photo").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    state.textContent = "正在识别照片。";
    try {
      const results = await reader.readBarcodes(file, options);
      if (results.length && results[0].text) show(results[0].text);
      else state.textContent = "照片里没有找到码，请靠近些、对正再拍。";
    } catch {
      state.textContent = "照片读不出来，请换一张，或输入编码。";
    }
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop(); });
})();
