// Locks a paired till: when its button is pressed, or when nobody has touched it for a while.
//
// Whoever must not be disturbed (a sale on its way) stops the event "lock" on the document; who
// was told by the server that the till has locked sends the event "locked".
import {toast} from "../elements.js";
import {gettext} from "../words.js";

const SLOT = "touched";
const WARNING = 20_000; // milliseconds before it locks
const TELL = 61_000; // how often the server hears of it; it writes a use down once a minute
const NOTE = 5_000; // how often the other windows of this till hear it

const form = document.getElementById("lock");
const patience = Number(form?.dataset.minutes ?? 0) * 60_000;
const allowed = () => document.dispatchEvent(new CustomEvent("lock", {cancelable: true}));

let touched = Date.now();
let told = touched;
let noted = 0;
let warned = false;
let leaving = false;

/** When somebody last touched this till, in whichever window. */
const lastTouch = () => {
  try {
    return Math.max(touched, Number(localStorage.getItem(SLOT) ?? 0));
  } catch {
    return touched; // storage is off: this window alone counts
  }
};

const touch = () => {
  touched = Date.now();
  warned = false;
  if (touched - noted > NOTE) {
    noted = touched;
    try {
      localStorage.setItem(SLOT, String(touched));
    } catch {
      // storage is off
    }
  }
};

/** The server ends the session first; without the server nobody could come in again. */
const lock = async () => {
  if (leaving) return;
  leaving = true;
  form.elements.idle.value = "1";
  try {
    const answer = await fetch(form.action, {method: "POST", body: new FormData(form)});
    if (answer.ok) location.replace(answer.url);
    else form.submit();
  } catch {
    form.elements.idle.value = "";
    leaving = false;
  }
};

/** A sign of life: whoever fills an order for a long time asks the server for nothing else. */
const tell = async () => {
  told = Date.now();
  try {
    const answer = await fetch("/api/v1/auth/me", {headers: {Accept: "application/json"}});
    if (answer.status === 401 && (await answer.json()).code === "session_locked") lock();
  } catch {
    // the next touch tells again
  }
};

const look = () => {
  if (leaving) return;
  // The last touch is told too, if later: the server must not lock before this script does.
  if (touched > told && Date.now() - told >= TELL) tell();
  const left = lastTouch() + patience - Date.now();
  if (left > WARNING) return;
  if (!allowed()) touch(); // begin anew when it is over
  else if (left <= 0) lock();
  else if (!warned) {
    warned = true;
    toast(gettext("This till locks in a moment. Touch it to stay."), {milliseconds: left});
  }
};

if (form) {
  form.addEventListener("submit", (event) => {
    if (allowed()) return;
    event.preventDefault();
    toast(gettext("Wait until this order is paid."));
  });
  document.addEventListener("locked", lock);
}

if (form && patience) {
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(kind, touch, {capture: true, passive: true});
  }
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
  setInterval(look, 1000);
}
