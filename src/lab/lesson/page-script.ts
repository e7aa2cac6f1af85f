/**
 * The script of a lesson's page: one step at a time, by key or button, and answers that say whether they are right. Without it the page
 * has all steps below each other. Nothing is put into it: the page allows it by its hash.
 */
export const PAGE_SCRIPT = `'use strict';
const steps = [...document.querySelectorAll('.step')];
const [back, next] = ['back', 'next'].map((id) => document.getElementById(id));
let at = Math.max(0, steps.findIndex((step) => '#' + step.id === location.hash));
function show(isMoved) {
  steps.forEach((step, i) => { step.hidden = i !== at; });
  back.disabled = at === 0;
  next.disabled = at === steps.length - 1;
  for (const end of document.querySelectorAll('.end')) end.hidden = at !== steps.length - 1;
  if (!isMoved) return;
  steps[at].focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
function go(step) {
  const to = Math.min(steps.length - 1, Math.max(0, at + step));
  if (to === at) return;
  at = to;
  show(true);
}
back.addEventListener('click', () => go(-1));
next.addEventListener('click', () => go(1));
addEventListener('keydown', (event) => {
  const isTyping = event.target.matches('input,pre,.wide');
  if (isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === 'ArrowLeft') go(-1);
  if (event.key === 'ArrowRight') go(1);
});
addEventListener('hashchange', () => {
  const to = steps.findIndex((step) => '#' + step.id === location.hash);
  if (to >= 0) { at = to; show(true); }
});
function answered(place, isRight) {
  if (isRight) for (const one of place.closest('.step').querySelectorAll('.answer')) one.open = true;
}
for (const choice of document.querySelectorAll('.choices button')) {
  choice.addEventListener('click', () => {
    for (const one of choice.closest('ol').querySelectorAll('.says')) one.hidden = one.parentElement !== choice.parentElement;
    answered(choice, choice.dataset.right === 'true');
  });
}
for (const form of document.querySelectorAll('form.value')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const given = form.querySelector('input').value.trim().toLowerCase().split(/\\s+/)[0];
    const isRight = form.dataset.answers.split(' ').includes(given);
    for (const one of form.closest('.step').querySelectorAll('.says')) one.hidden = one.dataset.right !== String(isRight);
    answered(form, isRight);
  });
}
document.body.classList.add('paged');
show(false);
`;
