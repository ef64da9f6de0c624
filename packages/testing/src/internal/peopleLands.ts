/** What names, places and numbers look like in a few countries: the raw material of invented people. */

/** At least one word. */
export type Words = readonly [string, ...Array<string>]

/** What names, places and numbers look like somewhere. */
export interface Land {
  /** Given names, the frequent ones first, each with short forms in use. */
  readonly given: Words
  readonly surnames: Words
  readonly stems: Words
  readonly endings: Words
  /** City, postal code with a `#` for each free digit, area code. */
  readonly cities: Words
  readonly streets: Words
  readonly streetForms: Words
  readonly shortened: ReadonlyArray<readonly [string, string]>
  readonly numberFirst: boolean
  readonly dialling: string
  readonly trunk: string
  readonly mobile: string
  /** Digits of a national number without the trunk prefix. */
  readonly digits: number
  readonly domain: string
  readonly providers: Words
  readonly legalForms: Words
}

const words = (text: string): Words => {
  const [first = "", ...others] = text.trim().split(/\s+/)
  return [first, ...others]
}

/** What a firm may do. */
export const trades = [
  "Consulting",
  "Technologies",
  "Services",
  "International Trading",
  "Systems",
  "Foods",
  "Medical Services",
  "Logistics",
  "Engineering",
  "Media Group",
  "Energy",
  "Travel"
] as const

const english: Land = {
  given:
    words(`James:Jim,Jimmy Mary Michael:Mike,Mick Jennifer:Jen,Jenny Robert:Bob,Rob,Bobby Patricia:Pat,Trish John:Jack
    Linda William:Bill,Will,Billy Elizabeth:Liz,Beth,Betty David:Dave Barbara:Barb Richard:Rick,Dick,Rich Susan:Sue
    Joseph:Joe Jessica:Jess Thomas:Tom Sarah Charles:Chuck,Charlie Karen Christopher:Chris Lisa Daniel:Dan,Danny Nancy
    Matthew:Matt Margaret:Peggy,Maggie,Meg Anthony:Tony Sandra:Sandy Steven:Steve Ashley Andrew:Andy,Drew Kimberly:Kim
    Kenneth:Ken Emily Joshua:Josh Donna Kevin Michelle Brian Dorothy:Dot Edward:Ted,Ed,Eddie Carol Ronald:Ron Amanda:Mandy
    Timothy:Tim Melissa Jeffrey:Jeff Deborah:Deb,Debbie Gary Stephanie:Steph Nicholas:Nick Rebecca:Becky Jonathan:Jon
    Laura Stephen:Steve Helen Larry Samantha:Sam Scott Katherine:Kate,Kathy,Katie Benjamin:Ben Christine:Chris,Tina
    Samuel:Sam Rachel Gregory:Greg Janet Alexander:Alex Catherine:Cathy,Cat Patrick:Pat,Paddy Maria Frank Heather
    Raymond:Ray Diane Walter:Walt Ruth Dennis Julie Peter:Pete Olivia Zachary:Zach Joyce Nathaniel:Nate Virginia:Ginny`),
  surnames:
    words(`Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Thomas Jackson White Harris
    Martin Thompson Robinson Clark Lewis Lee Walker Hall Allen Young King Wright Hill Scott Green Adams Baker Nelson Carter
    Mitchell Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Rogers Reed Cook Morgan Bell
    Murphy Bailey Cooper Richardson Cox Howard Ward Peterson Gray James Watson Brooks Kelly Sanders Price Bennett Wood`),
  stems:
    words(`Ash Black Brad Crom Dun East Fair Gold Hart Kings Lang Mar New Oak Pem Rad Strat Thorn West White Whit Wal Har
    Has Hol Car Cal Bur Bir Shel Shaf Sel Stan Sut Nor Mid Hen Hun Ed El Far Ful Gar Ham Lin Lock Pres`),
  endings:
    words(`ford wood ton field worth ley ham well more land stone man ridge by brook combe wick den bury croft hurst gate
    ward house`),
  cities: words(`Springfield:627##:217 Riverside:925##:951 Franklin:370##:615 Clinton:390##:601 Georgetown:786##:512
    Salem:973##:503 Madison:537##:608 Arlington:760##:817 Ashland:445##:419 Dover:199##:302 Oxford:386##:662
    Burlington:054##:802 Manchester:031##:603 Milton:021##:617 Newport:028##:401 Auburn:368##:334 Dayton:454##:937
    Lexington:405##:859 Cleveland:441##:216 Hudson:125##:518`),
  streets:
    words(`Main Oak Maple Cedar Park Pine Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset Jackson
    Highland Forest River Meadow Jefferson Center Lincoln Chestnut Cherry Dogwood Hickory Locust Franklin Adams`),
  streetForms: ["* Street", "* Avenue", "* Road", "* Drive", "* Lane"],
  shortened: [
    ["Street", "St."],
    ["Avenue", "Ave"],
    ["Road", "Rd"],
    ["Drive", "Dr."],
    ["Lane", "Ln"]
  ],
  numberFirst: true,
  dialling: "1",
  trunk: "",
  mobile: "5",
  digits: 10,
  domain: "com",
  providers: ["gmail.com", "yahoo.com", "hotmail.com", "aol.com", "comcast.net"],
  legalForms: ["Inc.", "LLC", "Corp.", "Ltd", "Co."]
}

const german: Land = {
  given:
    words(`Peter Michael:Micha,Michi Thomas:Tom Andreas:Andi Wolfgang:Wolf Klaus Jürgen Günter Stefan Christian:Chris
    Uwe Werner Hans Frank Maria Ursula:Uschi,Ulla Christina:Tina Monika:Moni Petra Elisabeth:Lisa,Liesel Sabine:Bine Renate
    Helga Karin Brigitte:Gitta Ingrid Erika Andrea Gisela Claudia Susanne:Susi Gabriele:Gabi Christa Hildegard:Hilde
    Markus Martin Matthias:Matze Alexander:Alex Daniel:Dani Manfred:Manni Heinrich:Heinz,Heiner Friedrich:Fritz
    Maximilian:Max Sebastian:Basti Johannes:Hannes,Hans Florian:Flo Benjamin:Ben Katharina:Kathi,Käthe Franziska:Franzi
    Johanna:Hanna Anna Lena Julia Sarah Laura Lea Sophie Margarete:Grete,Gretchen Barbara:Babsi Dorothea:Doro
    Joachim:Jochen,Achim Wilhelm:Willi Josef:Sepp Ludwig:Lutz Siegfried:Siggi Rudolf:Rudi Dieter Rainer Bernd Jörg Björn
    Sören Jens Sven Kai Ulrich:Uli Konrad:Conny Albrecht Theodor:Theo`),
  surnames:
    words(`Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein
    Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann Schmid
    Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert
    Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon Böhm`),
  stems:
    words(`Berg Stein Wald Brunn Kirch Linden Eichen Rosen Grün Lauter Hohen Nieder Ober Unter Mühl Hammer Eisen Silber Gold
    Fisch Vogel Hirsch Wolfs Bären Hasen Dorn Busch Acker Feld Heiden Moos Tann Buch Birken Erlen Weiden Kreuz Kloster`),
  endings:
    words(`mann bauer müller huber meier berger bacher hofer eder inger hauser maier schmied wirth becker rieder leitner
    egger thaler wieser lechner reiter`),
  cities: words(`Berlin:10###:30 München:80###:89 Hamburg:20###:40 Köln:50###:221 Frankfurt:60###:69 Stuttgart:70###:711
    Düsseldorf:40###:211 Leipzig:04###:341 Dortmund:44###:231 Essen:45###:201 Bremen:28###:421 Dresden:01###:351
    Hannover:30###:511 Nürnberg:90###:911 Münster:48###:251 Augsburg:86###:821 Göttingen:370##:551 Würzburg:970##:931
    Fürth:907##:9117 Lübeck:235##:451`),
  streets:
    words(`Haupt Schul Garten Bahnhof Dorf Berg Birken Linden Kirch Wald Ring Schiller Goethe Mozart Beethoven Wiesen Hügel
    Rosen Mühlen Feld Jahn Buchen Eichen Park Post Markt Bismarck Blumen Sonnen Kastanien Ahorn Brunnen`),
  streetForms: ["*straße", "*straße", "*weg", "*allee", "*gasse"],
  shortened: [["straße", "str."]],
  numberFirst: false,
  dialling: "49",
  trunk: "0",
  mobile: "17",
  digits: 10,
  domain: "de",
  providers: ["gmx.de", "web.de", "t-online.de", "gmail.com", "posteo.de"],
  legalForms: ["GmbH", "AG", "GmbH & Co. KG", "UG", "e.K."]
}

const spanish: Land = {
  given:
    words(`Antonio:Toño José:Pepe Manuel:Manolo Francisco:Paco,Pancho David Juan Javier:Javi Daniel:Dani Carlos Jesús
    Alejandro:Alex Miguel Rafael:Rafa Pedro Pablo Ángel Sergio Fernando:Fer Luis Jorge Alberto Álvaro Diego Adrián
    Enrique:Quique Ignacio:Nacho Guillermo:Memo Eduardo:Edu Santiago:Santi Ramón Andrés Óscar Rubén María Carmen Ana Isabel
    Laura Cristina Marta Dolores:Lola Lucía Pilar Elena Sara Paula Raquel Mercedes Rosario:Charo Beatriz:Bea Teresa Julia
    Silvia Patricia Irene Concepción:Concha Montserrat:Montse Rocío Alba Andrea Mónica Nuria Verónica Inés Guadalupe:Lupe`),
  surnames:
    words(`García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz
    Moreno Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano Morales Molina
    Blanco Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés Garrido Santos Guerrero`),
  stems:
    words(`Agui Bara Cala Cama Carba Casta Cerve Cues Esco Esteba Fuen Gala Gonza Herre Ibar Larra Mada Menda Monte Moli Olive
    Palo Peña Quinta Riba Roble Salda Sando Tolo Valde Vela Villa Zabal Zama Arre Bermu Ceba Dura Elizo Gamba`),
  endings:
    words(`rrero ndez llo nte les ral rosa verde lobos da res nares sillas ñez rte scal zar rena guera goitia lde mar bella
    rre`),
  cities:
    words(`Madrid:280##:91 Barcelona:080##:93 Valencia:460##:96 Sevilla:410##:95 Zaragoza:500##:976 Málaga:290##:952
    Murcia:300##:968 Bilbao:480##:944 Alicante:030##:965 Córdoba:140##:957 Valladolid:470##:983 Vigo:362##:986
    Gijón:332##:985 Granada:180##:958 Oviedo:330##:984 Cádiz:110##:956`),
  streets:
    words(`Mayor Real Nueva Iglesia Sol Luna Constitución Cervantes Goya Velázquez Colón Alcalá Fuente Molino Olivo Rosario
    Santiago Toledo Prado Castilla Aragón Murillo Lepanto Atocha Serrano Princesa Cruz Jardín Mar Estrella`),
  streetForms: ["Calle *", "Calle *", "Avenida *", "Plaza *"],
  shortened: [
    ["Calle", "C."],
    ["Avenida", "Avda."]
  ],
  numberFirst: false,
  dialling: "34",
  trunk: "",
  mobile: "6",
  digits: 9,
  domain: "es",
  providers: ["gmail.com", "hotmail.es", "yahoo.es", "telefonica.net"],
  legalForms: ["S.L.", "S.A.", "S.L.U."]
}

const french: Land = {
  given:
    words(`Jean Pierre:Pierrot Michel:Mimi André Philippe Alain Bernard Nicolas:Nico Christophe:Chris Stéphane:Steph Laurent
    Frédéric:Fred Sébastien:Seb François David Éric Julien Patrick Pascal Thierry Olivier Alexandre:Alex Guillaume Maxime:Max
    Benoît:Ben Jérôme Gérard:Gégé Jacques René Daniel:Dany Emmanuel:Manu Mathieu Thibault Marie Jeanne Françoise Monique
    Catherine:Cathy Nathalie:Nath Isabelle:Isa Jacqueline Anne Sylvie Martine Nicole Sophie Christine Valérie:Val Sandrine
    Stéphanie Véronique:Véro Céline Chantal Aurélie Élodie Dominique:Dom Geneviève Hélène Béatrice:Béa Gabrielle:Gaby
    Madeleine Joséphine:José Amélie Zoé Chloé Inès Maëlle`),
  surnames:
    words(`Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David
    Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier Blanc
    Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu`),
  stems:
    words(`Beau Belle Bois Bour Bran Cham Char Chau Clair Cour Dela Des Du Fleur Font Four Gaill Gran Gui Haute La Lan Lar Le Mail
    Mar Mont Neuv Per Plan Pont Ques Rav Roche Saint Sau Tour Val Vau Ver Vieu Vill`),
  endings:
    words(`champ court dieu fort jean lard let lin main mont moulin nard nay not pierre ret rieux ron roy rier sac seau sin teau
    tin vert ville vin`),
  cities:
    words(`Paris:750##:1 Marseille:130##:4 Lyon:690##:4 Toulouse:310##:5 Nice:060##:4 Nantes:440##:2 Strasbourg:670##:3
    Montpellier:340##:4 Bordeaux:330##:5 Lille:590##:3 Rennes:350##:2 Reims:510##:3 Grenoble:380##:4 Dijon:210##:3
    Angers:490##:2 Nîmes:300##:4 Besançon:250##:3 Orléans:450##:2`),
  streets:
    words(`Victor-Hugo Pasteur Gambetta République Église Moulin Gare Jaurès Verdun Molière Voltaire Lilas Fontaine Écoles
    Château Acacias Tilleuls Liberté Foch Zola Rivière Paix Marché Carnot Ferry Curie Rosiers Bellevue Vignes Prés`),
  streetForms: ["rue *", "rue *", "avenue *", "boulevard *", "place *"],
  shortened: [
    ["avenue", "av."],
    ["boulevard", "bd"]
  ],
  numberFirst: true,
  dialling: "33",
  trunk: "0",
  mobile: "6",
  digits: 9,
  domain: "fr",
  providers: ["orange.fr", "free.fr", "laposte.net", "gmail.com", "wanadoo.fr"],
  legalForms: ["SARL", "SAS", "SA"]
}

/** Where people come from. */
export const lands: readonly [Land, ...Array<Land>] = [english, german, spanish, french]
