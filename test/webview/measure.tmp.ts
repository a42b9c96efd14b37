import { PanelPage } from './panelPage.ts';
import { aRun, detector, summaryOf } from './samples.ts';
const median=(a:number[])=>a.toSorted((x,y)=>x-y)[a.length>>1]!;
for (const [n, label] of [[12,'12 epochs'],[400,'400 points']] as const) {
  const firsts:number[]=[], updates:number[]=[], hovers:number[]=[], loads:number[]=[], themes:number[]=[];
  for (let k=0;k<5;k++) {
    const p = await PanelPage.open(['exe-1'], { width: 1500, height: 1000 });
    loads.push(await p.run<number>(`performance.timeOrigin && performance.now()`));
    const series = detector(1, n, n+60);
    const msg = (m: unknown, want: number) => p.run<number>(`new Promise((resolve) => { const t0 = performance.now(); postMessage(${JSON.stringify(m)}, '*');
      const look = () => [...document.querySelectorAll('.card')].filter((c) => Number(c.dataset.points) >= ${want}).length === 7 ? resolve(performance.now() - t0) : setTimeout(look, 1); look(); })`);
    firsts.push(await msg({ type: 'show', executionIds: ['exe-1'], runs: [aRun({ summary: summaryOf(series), progress: { done: n, total: n+60, unit: 'epochs' } })], hints: {}, series }, n));
    await p.page.waitForTimeout(300);
    for (let i=1;i<=10;i++) { updates.push(await msg({ type:'append', series: detector(n+i-1, n+i, n+60) }, n+i)); await p.page.waitForTimeout(60); }
    const box = (await p.page.locator('[data-figure="box_loss"] .plot').boundingBox())!;
    await p.run(`(() => { window.spent=[]; const raf=requestAnimationFrame; window.requestAnimationFrame=(f)=>raf((t)=>{const a=performance.now(); f(t); document.body.offsetHeight; spent.push(performance.now()-a);}); })()`);
    for (let i=0;i<60;i++) await p.page.mouse.move(box.x+60+i*4, box.y+80);
    hovers.push(median(await p.run<number[]>('spent')));
    await p.close();
  }
  console.log(label, 'load', median(loads).toFixed(0), 'first', median(firsts).toFixed(0), 'update', median(updates).toFixed(1), 'hover frame', median(hovers).toFixed(2));
}
