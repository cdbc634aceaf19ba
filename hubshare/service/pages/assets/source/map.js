// Draws GeoJSON over the outlines of countries: elements of class `hs-map` name the file. No other host is asked for anything.

import "leaflet/dist/leaflet.css";
import "./map.css";
import { circleMarker, geoJSON, map } from "leaflet";
import { feature } from "topojson-client";
import world from "world-atlas/countries-110m.json";

/** What a shape is called: text, whatever it holds. */
function label({ properties }) {
  const name = properties?.name ?? properties?.title;
  if (typeof name !== "string" && typeof name !== "number") return null;
  const element = document.createElement("span");
  element.textContent = String(name).slice(0, 200);
  return element;
}

async function draw(element) {
  let shapes;
  try {
    shapes = geoJSON(await (await fetch(element.dataset.file)).json(), {
      style: { className: "hs-map-shape" },
      pointToLayer: (_, place) => circleMarker(place, { radius: 5 }),
      onEachFeature(shape, layer) {
        const name = label(shape);
        if (name) layer.bindTooltip(name);
      },
    });
  } catch {
    // The file is no GeoJSON; the tree below shows what it is.
    return;
  }
  const bounds = shapes.getBounds();
  // Degrees, or it is of another system of coordinates.
  if (!bounds.isValid() || Math.abs(bounds.getNorth()) > 90 || Math.abs(bounds.getSouth()) > 90) return;
  element.hidden = false;
  const drawn = map(element, { attributionControl: false, fadeAnimation: false, zoomAnimation: false });
  drawn.fitBounds(bounds, { maxZoom: 9, padding: [20, 20] });
  geoJSON(feature(world, world.objects.countries), {
    interactive: false,
    style: { className: "hs-map-country" },
  }).addTo(drawn);
  shapes.addTo(drawn);
}

document.querySelectorAll(".hs-map").forEach(draw);
