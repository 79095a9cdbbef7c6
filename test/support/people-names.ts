/**
 * Names that people have, by language: for a directory that looks like an international company's.
 *
 * A name in Latin letters gives its own login (`Łukasiewicz`: lukasiewicz); any other has it after a slash. Two names of
 * one list never give the same login.
 */

export interface NameList {
  readonly given: string;
  readonly family: string;
  /** The family's name comes first, as in Hungarian, or with nothing between, as in Chinese. */
  readonly familyFirst?: 'spaced' | 'joined';
}

export const NAME_LISTS: readonly NameList[] = [
  {
    given: 'Zoë Agnieszka Łucja Małgorzata Paweł Sławomir Michał Grażyna Wojciech Światosław Jędrzej Stanisława',
    family: 'Łukasiewicz Wiśniewska Dąbrowski Żuraw Gałązka Szczęsny Kościuszko Źrebiec Brzęczek Ćwikła Nowak Śliwa',
  },
  {
    given: 'Grace Alan Margaret Ken Barbara Dennis Frances Edsger Radia Tony Katherine Donald',
    family: "Hopper Turing Hamilton Thompson Liskov Ritchie Allen O'Brien Perlman Hoare Smith-Jones Lamport",
  },
  {
    given: 'Jürgen Käthe Björn Änne Götz Sören Günther Jörg Hannelore Lieselotte Ruß Uwe',
    family: 'Müller Groß Schäfer Köhler Weiß Größmann Jäger Böhm Krüger Fuchs Lüdenscheidt Zeiß',
  },
  {
    given: 'Élodie François Hélène Jérôme Anaïs Benoît Gaëlle Noël Çelia Théophile Marie-Ève Loïc',
    family: "D'Aboville Lefèvre Bérénice Châtelain Crépin Dupré Gonçalves L'Hôpital Maître Péguy Sénéchal Vallée",
  },
  {
    given: 'Íñigo Begoña José Concepción Ángel Lucía Raúl Sofía Martín Inés Óscar Núria',
    family: 'García Muñoz Ibáñez Peña Rodríguez Núñez Gutiérrez Vázquez Ordóñez Castaño Güell Fernández',
  },
  {
    given: 'Søren Åse Øyvind Ingrid Bjørn Solveig Håkon Märta Þórður Guðrún Ævar Sæunn',
    family: 'Ångström Bjørnson Sørensen Ødegård Hansen Lindström Kjær Nygård Þorsteinsson Guðmundsdóttir Ægisson Strömberg',
  },
  {
    given: 'Jiří Štěpánka Ondřej Růžena Řehoř Zdeňka Ľubomír Žofie Matěj Dušan Václav Anežka',
    family: 'Dvořák Čapek Němcová Škvorecký Kučera Hašek Růžička Šťastný Příhoda Vaněk Havelka Žižka',
  },
  {
    given: 'Gergő Ágnes László Erzsébet Zsófia István Ödön Imre Réka Bálint Csilla Győző',
    family: 'Szűcs Kovács Őri Tóth Fekete Erdős Bartók Szabó Kőszegi Nagy Üveges Horváth',
    familyFirst: 'spaced',
  },
  {
    given: 'Çağla Şebnem İbrahim Gökçe Ömer Ayşe Uğur Işıl Özgür Yağmur Emine Barış',
    family: 'Yıldırım Şahin Öztürk Çelik Güneş Doğan Kılıç Aydın Ağaoğlu İnönü Kaya Demirbaş',
  },
  {
    given: 'Nguyệt/nguyet Đức/duc Thảo/thao Hữu/huu Lệ/le Quỳnh/quynh Tuấn/tuan Yến/yen Phước/phuoc Mỹ/my',
    family: 'Nguyễn/nguyen Trần/tran Phạm/pham Đặng/dang Võ/vo Huỳnh/huynh Bùi/bui Đỗ/do Hồ/ho Ngô/ngo',
    familyFirst: 'spaced',
  },
  {
    given: 'Анна/anna Сергей/sergey Ольга/olga Дмитрий/dmitry Ксения/ksenia Фёдор/fyodor Юлия/yulia Олексій/oleksii Щерба/shcherba',
    family: 'Шевченко/shevchenko Кузнецов/kuznetsov Ковальчук/kovalchuk Чехов/chekhov Ющенко/yushchenko Жуков/zhukov Цой/tsoy',
  },
  {
    given: 'Ελένη/eleni Γιώργος/giorgos Ζωή/zoi Δημήτρης/dimitris Ξένια/xenia Θεόδωρος/theodoros Χρυσή/chrysi',
    family: 'Παπαδόπουλος/papadopoulos Ψάλτης/psaltis Νικολαΐδης/nikolaidis Οικονόμου/oikonomou Ρήγας/rigas Λάμπρου/lambrou',
  },
  {
    given: 'さくら/sakura 健太/kenta 美咲/misaki 翔/sho 陽子/yoko 大輔/daisuke 葵/aoi 一郎/ichiro ユキ/yuki',
    family: '佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 渡辺/watanabe 伊藤/ito 小林/kobayashi 髙﨑/takasaki 𠮷田/yoshida',
    familyFirst: 'spaced',
  },
  {
    given: '伟/wei 芳/fang 秀英/xiuying 娜/na 敏/min 静/jing 强/qiang 磊/lei 洋/yang',
    family: '王/wang 李/li 张/zhang 刘/liu 陈/chen 杨/yang 赵/zhao 黄/huang 欧阳/ouyang',
    familyFirst: 'joined',
  },
  {
    given: '민준/minjun 서연/seoyeon 지훈/jihoon 하은/haeun 도윤/doyun 수빈/subin 예진/yejin',
    family: '김/kim 이/lee 박/park 최/choi 정/jung 강/kang 조/cho',
    familyFirst: 'joined',
  },
  {
    given: 'ليلى/layla محمد/mohammed فاطمة/fatima يوسف/youssef نور/nour عمر/omar زينب/zaynab',
    family: 'الحسن/alhasan خوري/khoury منصور/mansour حداد/haddad النجار/alnajjar سليمان/sulayman قاسم/qasim',
  },
  {
    given: 'अनन्या/ananya अर्जुन/arjun प्रिया/priya रोहन/rohan दीपिका/deepika विक्रम/vikram மீனா/meena',
    family: 'शर्मा/sharma पटेल/patel सिंह/singh गुप्ता/gupta अय्यर/iyer रेड्डी/reddy முருகன்/murugan',
  },
  {
    given: 'נועה/noa יונתן/yonatan תמר/tamar אורי/uri שירה/shira',
    family: 'כהן/cohen לוי/levi מזרחי/mizrahi ביטון/biton פרץ/peretz',
  },
];

/** What NFD does not take apart. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ł: 'l', ø: 'o', ß: 'ss', æ: 'ae', œ: 'oe', ð: 'd', þ: 'th', đ: 'd', ı: 'i' },
};

export interface WrittenName {
  readonly shown: string;
  /** a-z and hyphens. */
  readonly ascii: string;
}

export function readNames(list: string): WrittenName[] {
  return list.split(' ').map((name) => {
    const [shown = '', ascii = toAscii(shown)] = name.split('/');
    return { shown, ascii };
  });
}

function toAscii(name: string): string {
  const plain = name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f']/g, '');
  return plain.replaceAll(/[^a-z-]/g, (letter) => LETTERS[letter] ?? '');
}
