const words = (text: string) => text.trim().split(/\s+/);
const lines = (text: string) => text.trim().split(/\s*,\s*/);

/** Given names that take the place of others. They are ASCII, so that they can stand in email addresses. */
export const firstNames = words(`
  Ada Adam Adele Agnes Aiko Alba Albert Alda Alice Alma Amara Amir Anders Andrea Anita Anna Anton April Astrid Axel Ayla
  Beatrice Bela Benedict Bianca Bjorn Boris Brigitte Bruno Camila Carl Carmen Cecilia Chiara Clara Claude Conrad Cora Dagmar
  Dalia Daniel Daria David Delia Diego Dina Dominik Dora Edgar Edith Elena Elias Elif Elisa Ella Emil Emma Enzo Erik Esther
  Eva Fatima Felix Filip Fiona Flora Frank Freya Frida Gabriel Georg Gerda Gina Greta Gustav Hana Hannah Hans Hedda Heidi
  Helena Henry Hugo Ida Igor Ilse Imani Ines Ingrid Irene Isak Isla Ivan Jakob Jana Jasmin Jelena Jens Joana Johan Jonas
  Josef Judith Julia Julius Kaito Karin Karl Katja Keiko Kenji Kira Klara Laila Lara Lars Laura Leila Lena Leo Leon Lidia
  Lina Lisa Lorenzo Louise Luca Lucia Ludwig Luisa Lukas Magda Maja Malik Manuel Marco Margit Maria Marius Marta Martin
  Matilda Matteo Maya Mei Mia Mila Milan Mina Miriam Mona Nadia Naomi Nico Nils Nina Noah Nora Olga Oliver Olivia Omar
  Oscar Otto Paolo Pascal Patricia Paul Paula Pedro Petra Pia Pilar Rafael Rania Regina Rita Robert Rosa Ruben Ruth Sakura
  Samir Samuel Sandra Sara Sasha Selma Simon Sofia Sonja Stefan Stella Sven Sylvia Tamara Tara Teresa Thea Theo Tilda Tim
  Tobias Ulla Uma Ursula Valeria Vera Victor Viola Vivian Walter Wanda Yara Yusuf Zoe`);

/** Family names that take the place of others. */
export const lastNames = words(`
  Abbott Adler Aguilar Ahmed Albrecht Alvarez Andersen Arnold Baker Bakker Barros Bauer Becker Beckett Bennett Berg Bergman
  Bianchi Bishop Blake Blanc Bondi Bowman Braun Brooks Bruun Burke Carlsen Carter Castro Chandra Chen Clarke Colombo Conti
  Cooper Costa Cruz Dahl Dalton Deluca Demir Diaz Dixon Dubois Dupont Eklund Ellis Engel Eriksen Evans Farkas Faber Ferrari
  Fischer Fisher Fleming Flores Fontaine Foster Fournier Franco Frank Fuchs Fuentes Gallo Garcia Gardner Garnier Gibson
  Girard Gomez Graf Grant Greco Gruber Haas Hagen Hall Hamid Hansen Hartmann Hayashi Heller Hendriks Herrera Hoffmann Holm
  Horvat Hughes Ibrahim Ito Iversen Jacobs Jansen Jensen Johnson Jonsson Kaiser Kaplan Kato Kaur Keller Khan Kim Klein
  Kovacs Kowalski Kramer Kumar Kuroda Lambert Lang Larsen Leclerc Lehmann Leroy Lindgren Lombardi Lopez Lorenz Lund Maier
  Marino Marsh Martinez Mason Mehta Mendes Meyer Mills Molina Moore Morales Moreau Moretti Moser Muller Murray Nagy Nakamura
  Navarro Nielsen Novak Nowak Olsen Ortega Osman Palmer Park Parker Patel Pereira Petersen Petrov Pham Popov Porter Quinn
  Ramirez Rao Reyes Ricci Richter Rinaldi Rivera Romano Rossi Roux Ruiz Russo Sato Schmidt Schneider Schubert Shah Silva
  Simon Singh Soto Stein Suarez Suzuki Svensson Takeda Tanaka Taylor Torres Toth Turner Vargas Vega Vogel Wagner Walker
  Wallace Walsh Wang Weber Weiss Werner West Winter Wolf Wood Wright Yilmaz Young Zhang Ziegler Zimmer`);

/** Streets that take the place of others. */
export const streets = lines(`
  Acacia Avenue, Alder Street, Almond Way, Apple Lane, Ash Grove, Bakery Lane, Bay Street, Beech Road, Bell Lane,
  Birch Avenue, Boat House Road, Bridge Street, Brook Lane, Canal Street, Castle Road, Cedar Avenue, Cherry Lane,
  Chestnut Street, Church Lane, Clover Close, College Road, Coppice Way, Copper Street, Cross Street, Dale Road, Dove Lane,
  East Street, Elder Road, Elm Avenue, Fern Close, Ferry Road, Field Lane, Fir Street, Forest Road, Fountain Street,
  Foundry Lane, Fox Hollow, Garden Street, Glebe Road, Granary Wharf, Green Lane, Grove Street, Harbour Street, Hawthorn Road,
  Hazel Grove, Heather Close, Hill Road, Holly Lane, Ivy Lane, Juniper Street, King Street, Lake Road,
  Larch Avenue, Laurel Street, Lavender Way, Library Street, Lilac Lane, Lime Street, Linden Avenue, Long Lane, Lower Road,
  Magnolia Drive, Maple Street, Market Square, Meadow Lane, Mill Road, Mint Street, Moss Lane, Mulberry Street, North Street,
  Nursery Road, Oak Avenue, Old Road, Orchard Street, Park Avenue, Pear Tree Lane, Pine Street, Plum Lane, Pond Street,
  Poplar Road, Priory Road, Quarry Lane, Quay Street, Queen Street, Ridge Road, River Street, Rowan Close, School Lane,
  Shore Road, South Street, Spring Street, Station Road, Stone Street, Sycamore Road, Temple Street, Thorn Lane, Tower Street,
  Union Street, Upper Road, Vale Road, Valley Road, Victoria Street, Vine Street, Walnut Avenue, Water Lane, Well Street,
  West Street, Willow Road, Windmill Lane, Wood Street, Yew Tree Close`);

/** What takes the place of words that somebody has written: some of what is said every day in any shop. */
export const plainWords = words(`
  about account after again agree already answer arrange arrival ask asked basket before begin better book box brief bring
  by call card carton catalogue change check choose clear close colour come complete confirm contact copy corner count cover
  customer date day deal decide delivery desk detail display door draft early empty end enough exchange expect extra fetch
  figure file find finish first fit floor follow form from front full further gift give goods half hand heavy help hold home
  hour idea inside invoice item join keep label last later leave letter light like list load look main make mark measure
  meet message minute moment morning move near need new next note number offer office often open order other over pack page
  paid paper part pass pick piece place plan please point post price print quick quiet ready receive record remind repeat
  reply report return room round same sample save second see send set shelf ship short show side sign small soon sort space
  spare start stay step still stock stop store supply sure table take talk team tell thank then thing time today tomorrow
  under until update use visit wait want week weight when window with work wrap write`);
